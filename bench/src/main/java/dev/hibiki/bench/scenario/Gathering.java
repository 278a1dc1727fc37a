package dev.hibiki.bench.scenario;

import dev.hibiki.bench.client.LoadClient;
import dev.hibiki.bench.client.Role;
import dev.hibiki.bench.measure.ServerProbe;
import dev.hibiki.bench.report.Connect;
import dev.hibiki.bench.report.Latency;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Lets the clients in, and weighs the server before and after. Confined to the scenario's thread. */
final class Gathering {
    private static final long SETTLE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);
    private static final double NS_PER_SECOND = 1e9;

    private final LoadClient client;
    private final ServerProbe server;
    private final Sampler sampler;
    private final RunPlan plan;

    Gathering(LoadClient client, ServerProbe server, Sampler sampler, RunPlan plan) {
        this.client = client;
        this.server = server;
        this.sampler = sampler;
        this.plan = plan;
    }

    /** Opens {@code stalled} clients that may stall and the rest as measured ones. */
    Connect connect(int stalled) throws BenchException {
        Long heapBefore = heap();
        Long rssBefore = known(server.rssBytes());
        RunPlan.Load load = plan.load();
        int all = load.connections();
        long start = System.nanoTime();
        client.open(Role.STEADY, all - stalled, load.connectsPerSecond(), load.sampled(), Long.MAX_VALUE);
        client.open(Role.STALLED, stalled, load.connectsPerSecond(), 0, Long.MAX_VALUE);
        long planned = (long) (all / load.connectsPerSecond() * NS_PER_SECOND);
        sampler.await(start + 2 * planned + PATIENCE_NS, () -> client.opened() + client.refused() >= all);
        double seconds = (System.nanoTime() - start) / NS_PER_SECOND;
        complain(all);
        sampler.await(System.nanoTime() + SETTLE_NS, () -> false);
        Long rssAfter = known(server.rssBytes());
        Long heapAfter = heap();
        return new Connect(
                client.opened(),
                client.opened() / seconds,
                Latency.of(client.connectTimes()),
                rssBefore,
                rssAfter,
                each(rssBefore, rssAfter),
                heapBefore,
                heapAfter,
                each(heapBefore, heapAfter));
    }

    private void complain(int all) throws BenchException {
        if (client.opened() < all || client.lost() > 0) {
            String reason = client.firstFailure();
            throw new BenchException("%d of %d clients got in and %d were dropped again: %s"
                    .formatted(
                            client.opened(),
                            all,
                            client.lost(),
                            reason != null ? reason : "the others got no answer in time"));
        }
    }

    private @Nullable Long heap() {
        return plan.heap() ? known(server.liveHeapBytes()) : null;
    }

    private static @Nullable Long known(long bytes) {
        return bytes < 0 ? null : bytes;
    }

    private @Nullable Double each(@Nullable Long before, @Nullable Long after) {
        return before == null || after == null ? null : (after - before) / (double) client.opened();
    }
}
