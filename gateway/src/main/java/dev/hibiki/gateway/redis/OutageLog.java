package dev.hibiki.gateway.redis;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Logs the outages of one thing, as of a connection to Redis: the beginning, each reason when it comes for the first time, that it goes on once a minute,
 * and the end. However many attempts fail, and however their reasons change, there are few lines. Confined to one thread.
 */
final class OutageLog {
    private static final long REPEAT_NS = TimeUnit.MINUTES.toNanos(1);
    /** Some reasons hold a number, and are new each time. */
    private static final int MAX_REASONS = 20;

    private static final Words NO_REDIS_YET = new Words(
            "No connection yet to Redis at {}: {}; trying again until there is one",
            "There has been no connection to Redis at {} for {}: {}; still trying",
            "Redis at {} answers after {}");
    private static final Words REDIS_LOST = new Words(
            "Lost Redis at {}: {}; trying again until it is back",
            "Redis at {} has been away for {}: {}; still trying",
            "Redis at {} is back after {}");

    private final Logger log;
    private final LongSupplier nanoClock;
    private final Words later;
    private final Set<String> reasons = new HashSet<>();

    private Words words;
    private boolean away;
    private String named = "";
    private long sinceNs;
    private long repeatedNs;

    /**
     * The lines about an outage.
     *
     * @param begins has places for Redis and the reason
     * @param goesOn has places for Redis, the duration and the reason
     * @param ends has places for Redis and the duration
     */
    record Words(String begins, String goesOn, String ends) {}

    /**
     * Logs the outages of a connection.
     *
     * @param nanoClock as {@link System#nanoTime}
     */
    OutageLog(Logger log, LongSupplier nanoClock) {
        this(log, nanoClock, NO_REDIS_YET, REDIS_LOST);
    }

    /**
     * @param first the words until {@link #ended} is called for the first time
     * @param later the words from then on
     */
    OutageLog(Logger log, LongSupplier nanoClock, Words first, Words later) {
        this.log = log;
        this.nanoClock = nanoClock;
        this.words = first;
        this.later = later;
    }

    /** Returns the reason to tell for this one: an earlier one of this outage, when that tells more. */
    String reason(String cause) {
        return away ? RedisFailure.better(named, cause) : cause;
    }

    /**
     * An attempt or a connection has failed.
     *
     * @param redis its address, and what is read there
     */
    void failed(String redis, String cause) {
        String reason = reason(cause);
        named = reason;
        long nowNs = nanoClock.getAsLong();
        if (!away) {
            away = true;
            sinceNs = nowNs;
            repeatedNs = nowNs;
            reasons.clear();
            reasons.add(reason);
            log.warn(words.begins(), redis, reason);
        } else if (nowNs - repeatedNs >= REPEAT_NS || (reasons.size() < MAX_REASONS && !reasons.contains(reason))) {
            reasons.add(reason);
            repeatedNs = nowNs;
            log.warn(words.goesOn(), redis, spoken(nowNs - sinceNs), reason);
        } else {
            log.debug("Redis at {} still fails: {}", redis, cause);
        }
    }

    /** There is nothing to tell any more, for another reason than that all is well. */
    void forget() {
        away = false;
    }

    /** All is well now. */
    void ended(String redis) {
        if (away) {
            away = false;
            log.info(words.ends(), redis, spoken(nanoClock.getAsLong() - sinceNs));
        }
        words = later;
    }

    /** Returns a duration in words: milliseconds below a second, and seconds from there on. */
    static String spoken(long durationNs) {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(durationNs);
        return seconds == 0 ? TimeUnit.NANOSECONDS.toMillis(durationNs) + " ms" : seconds + " s";
    }
}
