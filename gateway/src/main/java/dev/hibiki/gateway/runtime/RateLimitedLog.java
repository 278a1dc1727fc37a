package dev.hibiki.gateway.runtime;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;
import org.slf4j.spi.NOPLoggingEventBuilder;

/**
 * Logs things that may happen thousands of times per second: up to {@value #LINES_PER_PERIOD} lines per period, and then
 * the number of lines that were dropped. Thread-safe.
 */
public final class RateLimitedLog {
    private static final int LINES_PER_PERIOD = 5;
    private static final long PERIOD_NS = TimeUnit.SECONDS.toNanos(10);

    private final Logger log;
    private final LongSupplier nanoClock;
    private final int linesPerPeriod;
    private long periodStartNs;
    private int lines;
    private long suppressed;

    public RateLimitedLog(Logger log) {
        this(log, System::nanoTime);
    }

    public RateLimitedLog(Logger log, LongSupplier nanoClock) {
        this(log, nanoClock, LINES_PER_PERIOD);
    }

    /** @param linesPerPeriod how many lines are logged in ten seconds */
    public RateLimitedLog(Logger log, LongSupplier nanoClock, int linesPerPeriod) {
        this.log = log;
        this.nanoClock = nanoClock;
        this.linesPerPeriod = linesPerPeriod;
        this.periodStartNs = nanoClock.getAsLong();
    }

    public void warn(String format, Object... arguments) {
        at(Level.WARN).log(format, arguments);
    }

    /** A builder for the next line; one that does nothing when the period has had enough lines. */
    public synchronized LoggingEventBuilder at(Level level) {
        long now = nanoClock.getAsLong();
        if (now - periodStartNs >= PERIOD_NS) {
            periodStartNs = now;
            lines = 0;
            if (suppressed > 0) {
                log.atLevel(level).log("{} more like this were not logged; the metrics count them all", suppressed);
                suppressed = 0;
            }
        }
        if (lines < linesPerPeriod) {
            lines++;
            return log.atLevel(level);
        }
        suppressed++;
        return NOPLoggingEventBuilder.singleton();
    }
}
