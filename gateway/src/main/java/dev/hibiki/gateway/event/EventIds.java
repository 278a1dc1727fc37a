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
    /** The longest id, in UTF-16 code units. */
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

    /** True for a text that can be the id of an event, with which a client can come back in any way. */
    public static boolean isUsable(String id) {
        return problem(id) == null;
    }

    private static @Nullable String problem(String id) {
        if (id.length() > MAX_CHARS) {
            return "longer than " + MAX_CHARS + " characters";
        }
        if (IdAlias.withoutSpaces(id).isEmpty()) {
            return "empty"; // HTTP strips spaces, so a client cannot come back with these alone.
        }
        return id.chars().anyMatch(Character::isISOControl) ? "a text with control characters" : null;
    }

    /** The reason why the current value of a parser cannot be the id of an event; null when it can. */
    static @Nullable String problem(JsonParser parser, JsonToken value) {
        boolean scalar = value == JsonToken.VALUE_STRING || value.isNumeric();
        return scalar ? problem(parser.getString()) : "not a string or number";
    }

    /** The id in a normalised event; null when it has none. */
    public static @Nullable String of(byte[] json) {
        String id = null;
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            parser.nextToken();
            String name;
            while ((name = parser.nextName()) != null) {
                JsonToken value = parser.nextToken();
                if (name.equals("id") && problem(parser, value) == null) {
                    id = parser.getString();
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
