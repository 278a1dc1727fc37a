package dev.hibiki.gateway.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.HandshakeResponse;
import dev.hibiki.testing.Returning;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket client that reconnects at once, unless it is told to wait after an orderly end, with the id of the last event, or of {@code hello} when it has
 * got no event. Confined to the thread of its swarm.
 */
final class ImpatientClient implements Consumer<byte[]>, Returning {
    /** Between two attempts: short enough to come before the streams are loaded. */
    static final long RETRY_MS = 40;

    private static final int RESTARTING = 1012;

    private static final Pattern HELLO = Pattern.compile("\\{\"\\$\":\\{\"hello\":.*\"id\":\"([^\"]*)\".*");

    private final String query;
    private final LossCheck check;
    private final BooleanSupplier leaves;
    private final LongSupplier delayMs;
    private byte @Nullable [] lastEvent;
    private @Nullable String beginning;

    /** Ends the connection of a client that leaves. */
    private static final class Departure extends RuntimeException {
        private static final long serialVersionUID = 1;

        Departure() {
            super("the client leaves", null, false, false);
        }
    }

    /**
     * Prepares a client that has not connected yet.
     *
     * @param query the query parameters that select its events
     * @param leaves asked after each event: whether its connection ends there
     * @param delayMs asked when the gateway has ended the session: after how long the client comes back
     */
    ImpatientClient(String query, LossCheck check, BooleanSupplier leaves, LongSupplier delayMs) {
        this.query = query;
        this.check = check;
        this.leaves = leaves;
        this.delayMs = delayMs;
    }

    String target() {
        String id = lastEvent == null ? beginning : Events.id(new String(lastEvent, UTF_8));
        return "/?" + query + (id == null ? "" : "&last_id=" + id);
    }

    @Override
    public void accept(byte[] message) {
        check.accept(message);
        if (Events.sequence(message) >= 0) {
            lastEvent = message;
            if (leaves.getAsBoolean()) {
                throw new Departure();
            }
            return;
        }
        Matcher hello = HELLO.matcher(new String(message, UTF_8));
        if (hello.matches()) {
            beginning = hello.group(1);
            lastEvent = null;
        }
    }

    @Override
    public Return after(Closure how, @Nullable HandshakeResponse refusal) {
        return new Return(how.code() == RESTARTING ? delayMs.getAsLong() : RETRY_MS, target());
    }
}
