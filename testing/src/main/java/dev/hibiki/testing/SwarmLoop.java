package dev.hibiki.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The one thread of a swarm. It alone touches the members; others come in through {@link #call}.
 *
 * <p>Connections are opened a hundred at a time: more would overflow a server's backlog, and lost SYNs cost seconds.
 */
final class SwarmLoop implements Runnable {
    private static final int CONNECTING_AT_ONCE = 100;
    private static final int SCRATCH_BYTES = 256 << 10;
    private static final int CALL_ALLOWED_S = 30;

    private final WebSocketSwarmBuilder plan;
    private final int size;
    private final Selector selector;
    private final List<SwarmMember> members = new ArrayList<>();
    private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<Void> broken = new CompletableFuture<>();
    private ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
    private int connecting;
    private boolean closed;

    SwarmLoop(WebSocketSwarmBuilder plan, int size) {
        this.plan = plan;
        this.size = size;
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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

    /** Those that have begun to connect; for tasks of {@link #call}. */
    List<SwarmMember> members() {
        return members;
    }

    /** Ends all connections and the loop; a task for {@link #call}. */
    void close() {
        closed = true;
        members.forEach(member -> member.end(Closure.abnormal("closed by the test")));
    }

    @Override
    public void run() {
        try (selector) {
            while (!closed) {
                connectMore();
                selector.select(this::proceed);
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
        SwarmMember member = (SwarmMember) key.attachment();
        boolean wasShakingHands = member.isShakingHands();
        if (member.unparsedBytes() > scratch.capacity() / 2) {
            scratch = ByteBuffer.allocateDirect(scratch.capacity() * 2);
        }
        member.proceed(scratch);
        if (wasShakingHands && !member.isShakingHands()) {
            connecting--;
        }
    }

    private void connectMore() throws IOException {
        while (members.size() < size && connecting < CONNECTING_AT_ONCE) {
            SwarmMember member = new SwarmMember(members.size(), plan, selector);
            members.add(member);
            member.connect(plan.address());
            connecting += member.isShakingHands() ? 1 : 0;
        }
    }
}
