package dev.hibiki.bench.scenario;

import dev.hibiki.bench.client.Target;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run to be.
 *
 * @param options what the user asked for, as the report shows it
 * @param pids the server's processes; may be empty
 * @param heap whether to ask a JVM server for its live heap
 */
public record RunPlan(
        String label,
        Kind scenario,
        Load load,
        Events events,
        Timing timing,
        Shape shape,
        List<Long> pids,
        boolean heap,
        Map<String, String> options) {

    /** The clients. {@code regions} may be empty: then no client asks for one. {@code gatherMs} null: by the rate. */
    public record Load(
            Target target,
            int connections,
            double connectsPerSecond,
            int threads,
            int sourceAddresses,
            int sampled,
            @Nullable Double gatherMs,
            List<String> regions) {}

    /** The events: how they get in, how long each is, how many a second. */
    public record Events(PortFactory port, int bytes, double perSecond) {}

    /** How long each part takes at the most. */
    public record Timing(double warmupSeconds, double seconds, double drainSeconds) {}

    /**
     * What only some scenarios look at.
     *
     * @param blast saturate: publish as fast as the broker takes it, in place of rising steps
     * @param stepFactor saturate: the next step's rate over this one's
     * @param kneeMs saturate: a step whose p99 is longer was not kept up with
     * @param resumeBytes resume: what each client reads before it leaves
     */
    public record Shape(
            boolean blast,
            double stepFactor,
            double kneeMs,
            int burstEvents,
            double burstEveryMs,
            double churnPerSecond,
            double churnLifetimeSeconds,
            double stalledPercent,
            int resumeClients,
            double resumesPerSecond,
            long resumeBytes) {}
}
