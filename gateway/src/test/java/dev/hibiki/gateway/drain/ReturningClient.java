package dev.hibiki.gateway.drain;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.HandshakeResponse;
import dev.hibiki.testing.Returning;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A client of {@code hibiki.v1} that reconnects as docs/protocol.md says: after the time in {@code bye} or {@code Retry-After}, with
 * the id of the last event, or of {@code hello} when it has got no event. Confined to the thread of its swarm.
 */
final class ReturningClient implements Consumer<byte[]>, Returning {
    private static final Pattern HELLO = Pattern.compile("\\{\"\\$\":\\{\"hello\":.*\"id\":(?:null|\"([^\"]*)\").*");
    private static final Pattern BYE = Pattern.compile("\\{\"\\$\":\\{\"bye\":.*\"retry_ms\":\\[(\\d+),(\\d+)].*");
    private static final Window AFTER_A_LOSS = new Window(1_000, 5_000);
    private static final long JITTER_MS = 1_000;

    private final String filter;
    private final RestartTimes times;
    private byte @Nullable [] lastEvent;
    private @Nullable String beginning;
    private @Nullable Window told;

    private record Window(long minMs, long maxMs) {
        long draw() {
            return ThreadLocalRandom.current().nextLong(minMs, maxMs + 1);
        }
    }

    /** @param filter the query parameters that select its events, such as {@code region=JP} */
    ReturningClient(String filter, RestartTimes times) {
        this.filter = filter;
        this.times = times;
    }

    String target() {
        String id = lastEvent == null ? beginning : Events.id(new String(lastEvent, UTF_8));
        return "/?" + filter + (id == null ? "" : "&last_id=" + id);
    }

    RestartTimes times() {
        return times;
    }

    @Override
    public void accept(byte[] message) {
        if (Events.sequence(message) >= 0) {
            lastEvent = message;
            times.delivered(RegionPublisher.dueNs(message));
            return;
        }
        String control = new String(message, UTF_8);
        Matcher hello = HELLO.matcher(control);
        if (hello.matches()) {
            beginning = hello.group(1) == null ? beginning : hello.group(1);
            times.arrived();
        }
        Matcher bye = BYE.matcher(control);
        if (bye.matches()) {
            told = new Window(Long.parseLong(bye.group(1)), Long.parseLong(bye.group(2)));
        }
    }

    @Override
    public @Nullable Return after(Closure how, @Nullable HandshakeResponse refusal) {
        Window window = refusal == null ? afterEnd(how) : afterRefusal(refusal);
        told = null;
        return window == null ? null : new Return(window.draw(), target());
    }

    private @Nullable Window afterEnd(Closure how) {
        times.departed(how.isClean());
        return switch (how.code()) {
            case 1001, 1012, 1013, 4100 -> told == null ? AFTER_A_LOSS : told;
            case Closure.ABNORMAL -> AFTER_A_LOSS;
            default -> null;
        };
    }

    private @Nullable Window afterRefusal(HandshakeResponse refusal) {
        times.refused();
        Optional<String> seconds = refusal.header("Retry-After");
        if (seconds.isPresent()) {
            long ms = 1_000 * Long.parseLong(seconds.get());
            return new Window(ms, ms + JITTER_MS);
        }
        return refusal.status() >= 500 ? AFTER_A_LOSS : null;
    }
}
