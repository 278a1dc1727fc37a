package dev.hibiki.gateway.redis;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Logs the outages of one Redis: the beginning, each reason when it comes for the first time, that it goes on once a minute,
 * and the end. However many attempts fail, and however their reasons change, there are few lines. Confined to one thread.
 */
final class OutageLog {
    private static final long REPEAT_NS = TimeUnit.MINUTES.toNanos(1);
    /** Some reasons hold a number, and are new each time. */
    private static final int MAX_REASONS = 20;

    private final Logger log;
    private final LongSupplier nanoClock;
    private final Set<String> reasons = new HashSet<>();

    private boolean everConnected;
    private boolean away;
    private long sinceNs;
    private long repeatedNs;

    /** @param nanoClock as {@link System#nanoTime} */
    OutageLog(Logger log, LongSupplier nanoClock) {
        this.log = log;
        this.nanoClock = nanoClock;
    }

    /**
     * An attempt or a connection has failed.
     *
     * @param redis its address, and what is read there
     */
    void failed(String redis, String reason) {
        long nowNs = nanoClock.getAsLong();
        if (!away) {
            away = true;
            sinceNs = nowNs;
            repeatedNs = nowNs;
            reasons.clear();
            reasons.add(reason);
            log.warn(
                    everConnected
                            ? "Lost Redis at {}: {}; trying again until it is back"
                            : "No connection yet to Redis at {}: {}; trying again until there is one",
                    redis,
                    reason);
        } else if (nowNs - repeatedNs >= REPEAT_NS || (reasons.size() < MAX_REASONS && !reasons.contains(reason))) {
            reasons.add(reason);
            repeatedNs = nowNs;
            log.warn(
                    everConnected
                            ? "Redis at {} has been away for {}: {}; still trying"
                            : "There has been no connection to Redis at {} for {}: {}; still trying",
                    redis,
                    spoken(nowNs - sinceNs),
                    reason);
        } else {
            log.debug("Still no connection to Redis at {}: {}", redis, reason);
        }
    }

    /** Events come now. */
    void ended(String redis) {
        if (away) {
            away = false;
            log.info(
                    everConnected ? "Redis at {} is back after {}" : "Redis at {} answers after {}",
                    redis,
                    spoken(nanoClock.getAsLong() - sinceNs));
        }
        everConnected = true;
    }

    /** Returns a duration in words: milliseconds below a second, and seconds from there on. */
    static String spoken(long durationNs) {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(durationNs);
        return seconds == 0 ? TimeUnit.NANOSECONDS.toMillis(durationNs) + " ms" : seconds + " s";
    }
}
