package dev.hibiki.bench.scenario;

import dev.hibiki.bench.client.LoadClient;
import dev.hibiki.bench.client.Probe;
import dev.hibiki.bench.measure.Integrity;
import dev.hibiki.bench.measure.ServerProbe;
import dev.hibiki.bench.publish.EventPort;
import dev.hibiki.bench.publish.EventTemplate;
import dev.hibiki.bench.report.Connect;
import dev.hibiki.bench.report.Losses;
import dev.hibiki.bench.report.Phase;
import dev.hibiki.bench.report.RunResult;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** One run from the first connection to the figures: the one place where its parts are wired. */
public final class BenchRun {
    private static final long SEQUENCES_PER_RUN = 1_000_000_000;

    private final RunPlan plan;
    private final Progress progress;

    public BenchRun(RunPlan plan, Progress progress) {
        this.plan = plan;
        this.progress = progress;
    }

    /** Does it, on the calling thread. */
    public RunOutcome execute() throws BenchException {
        Instant startedAt = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        probe();
        ServerProbe server = new ServerProbe(plan.pids());
        RunPlan.Load load = plan.load();
        long sequenceBase = sequenceBase(startedAt);
        try (EventPort port = openPort();
                LoadClient client = new LoadClient(
                        load.target(), load.regions(), load.threads(), load.sourceAddresses(), sequenceBase)) {
            int stalled = plan.scenario() == Kind.STALLED
                    ? (int) (load.connections() * plan.shape().stalledPercent() / 100)
                    : 0;
            Sampler sampler = new Sampler(client, server, progress);
            Connect connect = new Gathering(client, server, sampler, plan).connect(stalled);
            List<String> regions = load.regions().isEmpty() ? List.of("JP") : load.regions();
            EventTemplate template = new EventTemplate(plan.events().bytes(), regions, sequenceBase);
            Crowd crowd = new Crowd(load.connections() - stalled, client.groups());
            Measurement measurement = new Measurement(client, sampler, template, port, plan, crowd, sequenceBase);
            List<String> notes = new ArrayList<>();
            List<Phase> phases = new Scenarios(plan, measurement, client, sampler, server, notes).run();
            Losses losses = losses(client, measurement.published());
            RunResult result = new RunResult(
                    RunResult.FORMAT,
                    plan.label(),
                    plan.scenario().name().toLowerCase(Locale.ROOT),
                    startedAt.toString(),
                    machine(),
                    plan.options(),
                    connect,
                    phases,
                    losses,
                    List.copyOf(sampler.seconds()),
                    notes);
            return new RunOutcome(result, withConnect(measurement.histograms(), client.connectTimes()));
        } catch (IOException e) {
            throw new BenchException("the load client cannot start: " + e.getMessage());
        }
    }

    private void probe() throws BenchException {
        try {
            Probe.check(plan.load().target(), !plan.load().regions().isEmpty());
        } catch (IOException e) {
            throw new BenchException(plan.load().target().host() + ": " + e.getMessage());
        }
    }

    private EventPort openPort() throws BenchException {
        try {
            return plan.events().port().open();
        } catch (IOException e) {
            throw new BenchException("cannot publish: " + e.getMessage());
        }
    }

    /** Fifteen digits, the same number for all events of the run, and different from an earlier run's. */
    private static long sequenceBase(Instant startedAt) {
        return (100_000 + startedAt.getEpochSecond() % 800_000) * SEQUENCES_PER_RUN;
    }

    private static Losses losses(LoadClient client, long published) {
        Integrity integrity = client.integrity(published);
        return new Losses(
                integrity.clients(),
                integrity.missing(),
                integrity.clientsMissing(),
                integrity.duplicates(),
                integrity.reordered(),
                integrity.foreign(),
                client.lost(),
                client.refused());
    }

    private static Map<String, Histogram> withConnect(Map<String, Histogram> phases, Histogram connect) {
        Map<String, Histogram> all = new LinkedHashMap<>(phases);
        all.put("connect", connect);
        return all;
    }

    private static Map<String, String> machine() {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
        machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put("client java", System.getProperty("java.runtime.version"));
        return machine;
    }
}
