package dev.hibiki.bench.report;

/**
 * One measured stretch of a run.
 *
 * @param offeredPerSecond events per second that the schedule asked for; 0 when it asked for all that went
 * @param published events sent
 * @param expected deliveries to measured clients that the events ought to have given
 * @param deliveries deliveries to measured clients that they gave, late ones included
 * @param deliveriesPerSecond of all clients, by the clock
 * @param keptUp whether deliveries followed the schedule
 * @param incompleteEvents events that some measured client never got
 */
public record Phase(
        String name,
        double seconds,
        double offeredPerSecond,
        long published,
        long expected,
        long deliveries,
        double deliveriesPerSecond,
        double megabytesPerSecond,
        boolean keptUp,
        long incompleteEvents,
        Latency latency,
        Latency lastClient,
        Cpu cpu) {}
