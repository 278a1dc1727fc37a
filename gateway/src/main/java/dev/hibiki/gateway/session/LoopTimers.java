package dev.hibiki.gateway.session;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one event loop does again and again. All of it or nothing: Netty ends a timer whose work fails, and says nothing. The
 * others end with it here, the one that shows that the loop is alive among them, so that {@code /healthz} and
 * systemd's watchdog ask for a restart; a loop that pings nobody any more would go unnoticed.
 */
final class LoopTimers {
    private static final Logger log = LoggerFactory.getLogger(LoopTimers.class);

    private final EventLoop loop;
    private final List<Future<?>> timers = new CopyOnWriteArrayList<>();

    LoopTimers(EventLoop loop) {
        this.loop = loop;
    }

    /** Does this on the loop from one period from now on, each time a period after it was done before. */
    void every(long periodNs, Runnable work) {
        Future<?> timer = loop.scheduleWithFixedDelay(work, periodNs, periodNs, TimeUnit.NANOSECONDS);
        timers.add(timer);
        timer.addListener(ended -> {
            if (!ended.isCancelled()) {
                log.error("A timer of an event loop failed: the loop counts as stuck from now on", ended.cause());
                stop();
            }
        });
    }

    /** Any thread. */
    void stop() {
        timers.forEach(timer -> timer.cancel(false));
    }
}
