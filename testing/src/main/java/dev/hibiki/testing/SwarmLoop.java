package dev.hibiki.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLEngine;

/**
 * The event loop of a swarm. Only its thread touches the members; other threads use {@link #call}.
 *
 * <p>It opens at most a hundred connections at a time: more could overflow a server's backlog, and a lost SYN costs seconds.
 */
final class SwarmLoop implements Runnable {
    private static final int CONNECTING_AT_ONCE = 100;
    private static final int SCRATCH_BYTES = 256 << 10;
    private static final int CALL_ALLOWED_S = 30;

    private final WebSocketSwarmBuilder plan;
    private final Selector selector;
    private final List<SwarmMember> members = new ArrayList<>();
    private final Queue<SwarmMember> waiting =
            new PriorityQueue<>((one, other) -> Long.signum(one.dueNs() - other.dueNs())); // The clock may overflow.
    private final TlsSwarmSocket.Scratch tlsScratch = new TlsSwarmSocket.Scratch();
    private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<Void> broken = new CompletableFuture<>();
    private ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
    private int connecting;
    private boolean closed;

    SwarmLoop(WebSocketSwarmBuilder plan, int size) {
        this.plan = plan;
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int number = 0; number < size; number++) {
            SwarmMember member = new SwarmMember(number, plan, this);
            members.add(member);
            waiting.add(member);
        }
    }

    /** Runs the task on the loop's thread and returns its result. */
    <T> T call(Callable<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        calls.add(() -> {
            try {
                result.complete(task.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        selector.wakeup();
        try {
            CompletableFuture.anyOf(result, broken).get(CALL_ALLOWED_S, TimeUnit.SECONDS);
            return result.join();
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("The swarm's loop failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting", e);
        }
    }

    /** All members, connected or not; for tasks of {@link #call}. */
    List<SwarmMember> members() {
        return members;
    }

    /** Ends all connections and the loop; for a task of {@link #call}. */
    void close() {
        closed = true;
        members.forEach(member -> member.end(Closure.abnormal("closed by the test")));
    }

    /** Makes the plain or TLS socket for a channel. */
    SwarmSocket socket(SocketChannel channel) {
        SSLEngine tls = plan.tlsEngine();
        return tls == null ? new PlainSwarmSocket(channel) : new TlsSwarmSocket(channel, tls, tlsScratch);
    }

    void connectWhenDue(SwarmMember member) {
        waiting.add(member);
    }

    /** Called when a handshake has succeeded or failed. */
    void handshakeIsOver() {
        connecting--;
    }

    @Override
    public void run() {
        try (selector) {
            while (!closed) {
                long waitNs = connectThoseDue();
                if (waitNs > 0) {
                    selector.select(this::proceed, 1 + TimeUnit.NANOSECONDS.toMillis(waitNs));
                } else {
                    selector.select(this::proceed);
                }
                Runnable call;
                while ((call = calls.poll()) != null) {
                    call.run();
                }
            }
        } catch (IOException | RuntimeException e) {
            broken.completeExceptionally(e);
        }
    }

    private void proceed(SelectionKey key) {
        SwarmConnection connection = (SwarmConnection) key.attachment();
        if (connection.unparsedBytes() > scratch.capacity() / 2) {
            scratch = ByteBuffer.allocateDirect(scratch.capacity() * 2);
        }
        connection.proceed(scratch);
    }

    /** @return in how many ns the next connection is due; 0 when it waits for others */
    private long connectThoseDue() throws IOException {
        long now = System.nanoTime();
        SwarmMember next;
        while (connecting < CONNECTING_AT_ONCE && (next = waiting.peek()) != null) {
            if (next.dueNs() - now > 0) {
                return next.dueNs() - now;
            }
            waiting.remove();
            connecting++;
            next.connect(plan, selector);
        }
        return 0;
    }
}
