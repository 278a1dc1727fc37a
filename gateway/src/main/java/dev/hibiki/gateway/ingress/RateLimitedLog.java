package dev.hibiki.gateway.ingress;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/** Warns about something that may happen thousands of times a second: a few lines per period, then a count. Thread-safe. */
final class RateLimitedLog {
    private static final int LINES_PER_PERIOD = 5;
    private static final long PERIOD_NS = TimeUnit.SECONDS.toNanos(10);

    private final Logger log;
    private final LongSupplier nanoClock;
    private long periodStartNs;
    private int lines;
    private long suppressed;

    RateLimitedLog(Logger log, LongSupplier nanoClock) {
        this.log = log;
        this.nanoClock = nanoClock;
        this.periodStartNs = nanoClock.getAsLong();
    }

    synchronized void warn(String format, Object... arguments) {
        long now = nanoClock.getAsLong();
        if (now - periodStartNs >= PERIOD_NS) {
            periodStartNs = now;
            lines = 0;
            if (suppressed > 0) {
                log.warn("{} more like this were not logged; the metrics count them all", suppressed);
                suppressed = 0;
            }
        }
        if (lines < LINES_PER_PERIOD) {
            lines++;
            log.warn(format, arguments);
        } else {
            suppressed++;
        }
    }
}
