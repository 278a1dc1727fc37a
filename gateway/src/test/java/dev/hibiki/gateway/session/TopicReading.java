package dev.hibiki.gateway.session;

import dev.hibiki.gateway.session.EventJournal.Published;
import java.util.Set;

/** How far a client has read one topic, as far as the test can know. Confined to the thread of the test. */
final class TopicReading {
    /** All events of the topic up to this number have come, or need not come. */
    int at;
    /** Events between {@link #at} and this number, inclusive, may be before the point at which the client began to read. */
    int uncertainUpTo;
    /** Except those of these regions, which the client has read before. */
    private final Set<String> certainRegions;

    TopicReading(int at, int uncertainUpTo, Set<String> certainRegions) {
        this.at = at;
        this.uncertainUpTo = uncertainUpTo;
        this.certainRegions = certainRegions;
    }

    static TopicReading after(int number) {
        return new TopicReading(number, number, Set.of());
    }

    static TopicReading between(int from, int to) {
        return new TopicReading(from, to, Set.of());
    }

    boolean mayLack(Published event) {
        return event.number() <= uncertainUpTo && (event.region() == null || !certainRegions.contains(event.region()));
    }
}
