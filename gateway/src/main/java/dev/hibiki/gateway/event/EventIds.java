package dev.hibiki.gateway.event;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Stamps ids of the form {@code epoch-sequence}. Thread-safe.
 *
 * <p>The epoch is random for each process. So an id of another gateway, or from before a restart, is recognised as unknown,
 * and is not mistaken for one of this process.
 */
public final class EventIds {
    /** A longer id stays in its event, but a client cannot resume from it. */
    public static final int MAX_CHARS = 256;

    private static final JsonFactory FACTORY = EventJson.factory(Integer.MAX_VALUE);

    private final String prefix;
    private final AtomicLong sequence = new AtomicLong();

    public EventIds(String epoch) {
        this.prefix = epoch + '-';
    }

    /** Ids with a new epoch: 48 random bits in base 36. */
    public static EventIds newEpoch() {
        return new EventIds(Long.toString(new SecureRandom().nextLong() >>> 16, 36));
    }

    /** True for an id that a client can resume from. */
    static boolean isUsable(String id) {
        return !id.isEmpty() && id.length() <= MAX_CHARS;
    }

    /** The id in a normalised event; null when a client cannot resume from it. */
    public static @Nullable String of(byte[] json) {
        String id = null;
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            parser.nextToken();
            String name;
            while ((name = parser.nextName()) != null) {
                JsonToken value = parser.nextToken();
                if (name.equals("id")) {
                    boolean scalar = value == JsonToken.VALUE_STRING || value.isNumeric();
                    id = scalar && isUsable(parser.getString()) ? parser.getString() : null;
                }
                parser.skipChildren();
            }
        }
        return id;
    }

    public String next() {
        return prefix + sequence.incrementAndGet();
    }
}
