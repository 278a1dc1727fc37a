package dev.hibiki.gateway.runtime;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The periodic tasks of one event loop. Thread-safe; the tasks run on the loop.
 *
 * <p>A task for which there is no memory is tried again after the next period. When one fails otherwise, all of them stop. Netty ends a timer whose task fails, without a log line, and a loop that no
 * longer sends pings would stay unnoticed. Here the tick that shows the loop to be alive stops too. So {@code /healthz}
 * and systemd's watchdog ask for a restart.
 */
public final class LoopTimers {
    private static final Logger log = LoggerFactory.getLogger(LoopTimers.class);

    private final EventLoop loop;
    private final RateLimitedLog failures = new RateLimitedLog(log);
    private final List<Future<?>> timers = new CopyOnWriteArrayList<>();

    public LoopTimers(EventLoop loop) {
        this.loop = loop;
    }

    /** Runs a task on the loop for the first time after one period, and then one period after each run. */
    public void every(long periodNs, Runnable task) {
        Future<?> timer = loop.scheduleWithFixedDelay(() -> run(task), periodNs, periodNs, TimeUnit.NANOSECONDS);
        timers.add(timer);
        timer.addListener(ended -> {
            if (!ended.isCancelled()) {
                log.error(
                        "A timer of an event loop has failed, so the loop counts as stuck: /healthz asks for a restart",
                        ended.cause());
                stop();
            }
        });
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (OutOfMemoryError e) {
            tellFailure(e);
        }
    }

    private void tellFailure(OutOfMemoryError failure) {
        try {
            failures.warn("An event loop had no memory for a periodic task; it is tried again: {}", failure.toString());
        } catch (OutOfMemoryError e) {
            // It is tried again nevertheless.
        }
    }

    public void stop() {
        timers.forEach(timer -> timer.cancel(false));
    }
}
