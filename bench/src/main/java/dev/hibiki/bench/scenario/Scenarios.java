package dev.hibiki.bench.scenario;

import dev.hibiki.bench.client.LoadClient;
import dev.hibiki.bench.client.Resumers;
import dev.hibiki.bench.client.Role;
import dev.hibiki.bench.measure.ServerProbe;
import dev.hibiki.bench.publish.Schedule;
import dev.hibiki.bench.report.Latency;
import dev.hibiki.bench.report.Phase;
import dev.hibiki.bench.scenario.Sampler.Mark;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** What each scenario does once the clients are in. Confined to the scenario's thread. */
final class Scenarios {
    private static final double NS_PER_SECOND = 1e9;
    private static final double MAX_RATE = 5e6;

    private final RunPlan plan;
    private final Measurement measurement;
    private final LoadClient client;
    private final Sampler sampler;
    private final ServerProbe server;
    private final List<String> notes;

    Scenarios(
            RunPlan plan,
            Measurement measurement,
            LoadClient client,
            Sampler sampler,
            ServerProbe server,
            List<String> notes) {
        this.plan = plan;
        this.measurement = measurement;
        this.client = client;
        this.sampler = sampler;
        this.server = server;
        this.notes = notes;
    }

    List<Phase> run() throws BenchException {
        return switch (plan.scenario()) {
            case STEADY -> List.of(steady("steady", plan.timing().warmupSeconds()));
            case SATURATE -> plan.shape().blast() ? List.of(measurement.blast("blast")) : saturate();
            case BURST -> List.of(burst());
            case CHURN -> churn();
            case RESUME -> resume();
            case STALLED -> stalled();
            case IDLE -> idle();
        };
    }

    private Phase steady(String name, double warmup) throws BenchException {
        double rate = plan.events().perSecond();
        return measurement.scheduled(name, Schedule.steady(rate), rate, warmup);
    }

    /** Raises the rate step by step until the server no longer follows. */
    private List<Phase> saturate() throws BenchException {
        List<Phase> steps = new ArrayList<>();
        double rate = plan.events().perSecond();
        double warmup = plan.timing().warmupSeconds();
        double knee = 0;
        double best = 0;
        while (rate <= MAX_RATE) {
            Phase step = measurement.scheduled(
                    String.format(Locale.ROOT, "%.0f/s", rate), Schedule.steady(rate), rate, warmup);
            steps.add(step);
            best = Math.max(best, step.deliveriesPerSecond());
            if (!step.keptUp()) {
                break;
            }
            knee = rate;
            rate *= plan.shape().stepFactor();
            warmup = Math.min(warmup, 1);
        }
        notes.add(String.format(Locale.ROOT, "kept up with %,.0f events/s; at most %,.0f deliveries/s", knee, best));
        return steps;
    }

    private Phase burst() throws BenchException {
        RunPlan.Shape shape = plan.shape();
        long everyNs = (long) (shape.burstEveryMs() * 1e6);
        double offered = shape.burstEvents() * NS_PER_SECOND / everyNs;
        return measurement.scheduled(
                "burst",
                Schedule.bursts(shape.burstEvents(), everyNs),
                offered,
                plan.timing().warmupSeconds());
    }

    /** The same rate without and with clients that come and go. */
    private List<Phase> churn() throws BenchException {
        Phase calm = steady("calm", plan.timing().warmupSeconds());
        long before = client.opened();
        long lifetimeNs = (long) (plan.shape().churnLifetimeSeconds() * NS_PER_SECOND);
        double perSecond = plan.shape().churnPerSecond();
        long start = System.nanoTime();
        long[] asked = {0};
        sampler.onTick(() -> {
            int due = (int) ((System.nanoTime() - start) / NS_PER_SECOND * perSecond - asked[0]);
            if (due > 0) {
                asked[0] += due;
                client.open(Role.CHURN, due, Double.MAX_VALUE, 0, lifetimeNs);
            }
        });
        Phase churning = steady("churn", Math.min(plan.timing().warmupSeconds(), 1));
        sampler.onTick(() -> {});
        client.cancelOpening();
        double seconds = (System.nanoTime() - start) / NS_PER_SECOND;
        notes.add(String.format(
                Locale.ROOT,
                "%,d clients came and went, %.0f a second; %d were refused; the others' p99 is %s times the calm one's",
                client.opened() - before,
                (client.opened() - before) / seconds,
                client.refused(),
                ratio(churning, calm)));
        return List.of(calm, churning);
    }

    /** The same rate without and with clients that come back and read what they missed. */
    private List<Phase> resume() throws BenchException {
        Phase calm = steady("calm", plan.timing().warmupSeconds());
        RunPlan.Shape shape = plan.shape();
        String lastId = "resume-" + Long.toString(System.nanoTime(), Character.MAX_RADIX);
        measurement.fill(lastId, shape.resumeBytes());
        RunPlan.Load load = plan.load();
        try (Resumers resumers = new Resumers(
                load.target(),
                lastId,
                shape.resumeClients(),
                shape.resumesPerSecond(),
                shape.resumeBytes(),
                load.sourceAddresses())) {
            long start = System.nanoTime();
            sampler.onTick(resumers::next);
            Phase resuming = steady("resume", 0);
            sampler.onTick(() -> {});
            double perSecond = resumers.resumed() / ((System.nanoTime() - start) / NS_PER_SECOND);
            Latency took = Latency.of(resumers.times());
            notes.add(String.format(
                    Locale.ROOT,
                    "%,d of %,d clients resumed, %,.0f a second with %,.0f MB/s, in %,.0f ms (p50) and %,.0f ms (p99); %d failed%s;"
                            + " the others' p99 is %s times the calm one's",
                    resumers.resumed(),
                    resumers.asked(),
                    perSecond,
                    perSecond * shape.resumeBytes() / 1e6,
                    took.p50Us() / 1e3,
                    took.p99Us() / 1e3,
                    resumers.failed(),
                    resumers.failed() > 0 ? " (" + resumers.firstFailure() + ")" : "",
                    ratio(resuming, calm)));
            return List.of(calm, resuming);
        } catch (IOException e) {
            throw new BenchException("the clients that resume cannot start: " + e.getMessage());
        }
    }

    /** The same rate with all clients reading, and with some that do not. */
    private List<Phase> stalled() throws BenchException {
        Phase calm = steady("all read", plan.timing().warmupSeconds());
        long rssBefore = server.rssBytes();
        client.stall(true);
        Phase stalled = steady("stalled", Math.min(plan.timing().warmupSeconds(), 1));
        long rssAfter = server.rssBytes();
        long lost = client.lost();
        client.stall(false);
        sampler.await(System.nanoTime() + TimeUnit.SECONDS.toNanos(1), () -> false);
        notes.add(String.format(
                Locale.ROOT,
                "the others' p99 is %s times the p99 with all reading; the server dropped %d of the stalled clients",
                ratio(stalled, calm),
                client.lost() - lost));
        if (server.known()) {
            notes.add(String.format(
                    Locale.ROOT, "server RSS %,d -> %,d KB meanwhile", rssBefore / 1024, rssAfter / 1024));
        }
        return List.of(calm, stalled);
    }

    private static String ratio(Phase phase, Phase calm) {
        double base = calm.latency().p99Us();
        return base > 0 ? String.format(Locale.ROOT, "%.2f", phase.latency().p99Us() / base) : "?";
    }

    /** Holds the connections and sends nothing. */
    private List<Phase> idle() {
        sampler.phase("idle", () -> 0);
        Mark begin = sampler.mark();
        sampler.await(System.nanoTime() + (long) (plan.timing().seconds() * NS_PER_SECOND), () -> false);
        Mark end = sampler.mark();
        if (server.known()) {
            double cores = end.server().minus(begin.server()).schedNs() / NS_PER_SECOND / end.secondsSince(begin);
            notes.add(String.format(
                    Locale.ROOT, "idle: server CPU %.4f cores, RSS %,d KB", cores, server.rssBytes() / 1024));
        }
        return List.of();
    }
}
