package dev.hibiki.bench.client;

import dev.hibiki.bench.measure.PhaseStats;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One thread with one selector and one read buffer, for thousands of clients. {@link #call} is the door for other threads;
 * the counters are for all to read.
 *
 * <p>A plain selector is used on purpose: its system calls, one {@code epoll_wait} for up to a thousand sockets and one
 * {@code read} for each, are what a client costs at the least, and nothing stands between the bytes and the decoder.
 *
 * <p>What a client costs is a system call per read and, more, the acknowledgement that the kernel sends in it and carries all
 * the way to the server's socket (half of everything when server and client share a machine). So a loop whose clients'
 * latencies nobody asks for may gather: it reads only every so often, and takes several messages and acknowledges them at
 * once. The server's own cost stays what it was.
 */
final class ClientLoop implements Runnable {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final long IDLE_MS = 50;
    private static final long BUSY_MS = 1;

    private final Target target;
    private final List<byte[]> requests;
    private final Selector selector;
    private final DeliveryRecorder recorder;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Ramp ramp;
    private final List<Connection> lasting = new ArrayList<>();
    private final ArrayDeque<Connection> expiring = new ArrayDeque<>();
    private final Histogram connectNs = PhaseStats.newHistogram();
    private final Histogram resumeNs = PhaseStats.newHistogram();
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong resumed = new AtomicLong();
    private volatile @Nullable String firstFailure;
    private volatile long gatherNs;
    private volatile boolean stopped;
    private final Thread thread;

    /** The opening request for each region, the recorder of this loop, and how many may be connecting at once. */
    ClientLoop(String name, Target target, List<byte[]> requests, DeliveryRecorder recorder, int maxUnderWay)
            throws IOException {
        this.target = target;
        this.requests = requests;
        this.recorder = recorder;
        ramp = new Ramp(maxUnderWay);
        selector = Selector.open();
        thread = new Thread(this, name);
        thread.setDaemon(true);
    }

    @Override
    public void run() {
        try (selector) {
            long nextNs = System.nanoTime();
            while (!stopped) {
                runTasks();
                openDue();
                expireDue();
                boolean busy = !ramp.idle() || !expiring.isEmpty();
                if (!busy && gatherNs > 0 && nextNs > System.nanoTime()) {
                    gather(nextNs);
                    continue;
                }
                nextNs = System.nanoTime() + gatherNs;
                selector.select(ClientLoop::ready, busy ? BUSY_MS : IDLE_MS);
            }
            List.copyOf(selector.keys()).forEach(key -> ((Connection) key.attachment()).leave());
        } catch (IOException e) {
            firstFailure = "the selector failed: " + e.getMessage();
        }
    }

    /** Any thread: from now on reads at most once in this time; zero: as soon as there is something to read. */
    void gather(Duration time) {
        gatherNs = time.toNanos();
        wake();
    }

    private void wake() {
        selector.wakeup();
        LockSupport.unpark(thread);
    }

    private void gather(long untilNs) {
        if (tasks.isEmpty() && !stopped) {
            LockSupport.parkNanos(untilNs - System.nanoTime());
        }
    }

    /** Any thread: runs the task on the loop. */
    <T> CompletableFuture<T> call(Supplier<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        tasks.add(() -> {
            try {
                result.complete(task.get());
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        wake();
        return result;
    }

    /** Any thread: closes every connection and ends the loop. */
    void stop() {
        stopped = true;
        wake();
    }

    void join() throws InterruptedException {
        thread.join();
    }

    void start() {
        thread.start();
    }

    private static void ready(SelectionKey key) {
        ((Connection) key.attachment()).ready();
    }

    private void runTasks() {
        Runnable task;
        while ((task = tasks.poll()) != null) {
            task.run();
        }
    }

    private void openDue() {
        ClientSpec spec;
        while ((spec = ramp.next(System.nanoTime())) != null) {
            try {
                Connection connection = new Connection(this, spec);
                if (spec.lifetimeNs() != Long.MAX_VALUE) {
                    expiring.add(connection);
                } else if (spec.role() != Role.RESUME) {
                    lasting.add(connection);
                }
            } catch (IOException e) {
                refuse(e);
            }
        }
    }

    private void expireDue() {
        while (!expiring.isEmpty() && expiring.getFirst().expiresNs() <= System.nanoTime()) {
            expiring.removeFirst().leave();
        }
    }

    private void refuse(IOException e) {
        ramp.settled();
        refused.incrementAndGet();
        note(e);
    }

    private void note(IOException e) {
        if (firstFailure == null) {
            String message = e.getMessage();
            firstFailure = message != null ? message : e.getClass().getSimpleName();
        }
    }

    // What a connection asks of its loop.

    Target target() {
        return target;
    }

    Selector selector() {
        return selector;
    }

    ByteBuffer buffer() {
        return buffer;
    }

    byte[] request(int region) {
        return requests.get(region);
    }

    DeliveryRecorder recorder() {
        return recorder;
    }

    void opened(long tookNs) {
        ramp.settled();
        opened.incrementAndGet();
        PhaseStats.record(connectNs, tookNs);
    }

    void resumed(long tookNs) {
        resumed.incrementAndGet();
        PhaseStats.record(resumeNs, tookNs);
    }

    void failed(Connection connection, boolean wasOpen, IOException e) {
        if (!wasOpen) {
            refuse(e);
        } else {
            lost.incrementAndGet();
            note(e);
        }
    }

    // What the load client asks, on the loop.

    Ramp ramp() {
        return ramp;
    }

    List<Connection> lasting() {
        return lasting;
    }

    Histogram connectNs() {
        return connectNs;
    }

    Histogram resumeNs() {
        return resumeNs;
    }

    // Any thread.

    long openedCount() {
        return opened.get();
    }

    long refusedCount() {
        return refused.get();
    }

    long lostCount() {
        return lost.get();
    }

    long resumedCount() {
        return resumed.get();
    }

    @Nullable String firstFailure() {
        return firstFailure;
    }
}
