package dev.hibiki.gateway;

import dev.hibiki.testing.HandshakeRefusedException;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketClientBuilder;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A client that comes back with the last id it saw whenever its connection ends, at once and without end, and keeps the
 * numbers of the events it got. Runs on a thread of its own.
 */
final class ReturningClient implements AutoCloseable {
    private static final Duration SILENCE = Duration.ofSeconds(2);

    private final Function<String, WebSocketClientBuilder> targets;
    private final List<Long> seen = new ArrayList<>();
    private final Thread thread = new Thread(this::run, "returning-client");
    private final AtomicInteger connections = new AtomicInteger();
    private volatile boolean closed;

    private ReturningClient(Function<String, WebSocketClientBuilder> targets) {
        this.targets = targets;
        thread.setDaemon(true);
    }

    /** @param targets of a path and query, where to connect */
    static ReturningClient start(Function<String, WebSocketClientBuilder> targets) {
        ReturningClient client = new ReturningClient(targets);
        client.thread.start();
        return client;
    }

    private void run() {
        String lastId = null;
        while (!closed) {
            try (WebSocketClient client = connect(lastId)) {
                connections.incrementAndGet();
                while (!closed) {
                    String event = client.awaitText(SILENCE);
                    lastId = Events.id(event);
                    add(Events.sequence(event.getBytes(StandardCharsets.UTF_8)));
                }
            } catch (AssertionError | HandshakeRefusedException | UncheckedIOException gone) {
                Thread.onSpinWait(); // The connection has ended, or nobody lets it in yet.
            }
        }
    }

    private WebSocketClient connect(@Nullable String lastId) {
        return targets.apply(lastId == null ? "/" : "/?last_id=" + lastId).connect();
    }

    private synchronized void add(long sequence) {
        seen.add(sequence);
    }

    /** The numbers of all events so far, in the order in which they came. */
    synchronized List<Long> seen() {
        return List.copyOf(seen);
    }

    /** How often it got in. */
    int connections() {
        return connections.get();
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(SILENCE.toMillis() * 2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
