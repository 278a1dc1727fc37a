package dev.hibiki.gateway.event;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stamps ids of the form {@code epoch-sequence}. Thread-safe.
 *
 * <p>The epoch is random per process, so an id from another gateway, or from before a restart, is recognisably foreign
 * rather than silently wrong.
 */
public final class EventIds {
    private final String prefix;
    private final AtomicLong sequence = new AtomicLong();

    public EventIds(String epoch) {
        this.prefix = epoch + '-';
    }

    /** Ids of a new epoch: 48 random bits in base 36. */
    public static EventIds newEpoch() {
        return new EventIds(Long.toString(new SecureRandom().nextLong() >>> 16, 36));
    }

    public String next() {
        return prefix + sequence.incrementAndGet();
    }
}
