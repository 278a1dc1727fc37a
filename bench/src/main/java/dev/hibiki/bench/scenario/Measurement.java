package dev.hibiki.bench.scenario;

import dev.hibiki.bench.client.LoadClient;
import dev.hibiki.bench.measure.LastClient;
import dev.hibiki.bench.measure.PhaseStats;
import dev.hibiki.bench.publish.EventPort;
import dev.hibiki.bench.publish.EventTemplate;
import dev.hibiki.bench.publish.Publisher;
import dev.hibiki.bench.publish.Schedule;
import dev.hibiki.bench.report.Cpu;
import dev.hibiki.bench.report.Latency;
import dev.hibiki.bench.report.Phase;
import dev.hibiki.bench.scenario.Sampler.Mark;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Publishes on a schedule and measures what comes out: first a warm-up that is not looked at, then the stretch that is, then
 * a wait for what is still under way. Confined to the scenario's thread.
 */
final class Measurement {
    private static final double KEPT_UP = 0.97;
    private static final double NS_PER_SECOND = 1e9;
    private static final double MAX_GATHER_NS = 50e6;
    private static final double GATHER_EVENTS = 5;
    private static final long LEAD_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int QUIET_LOOKS = 30;

    private final LoadClient client;
    private final Sampler sampler;
    private final EventTemplate template;
    private final EventPort port;
    private final RunPlan plan;
    private final Crowd crowd;
    private final long sequenceBase;
    private final Map<String, Histogram> histograms = new LinkedHashMap<>();
    private long published;

    Measurement(
            LoadClient client,
            Sampler sampler,
            EventTemplate template,
            EventPort port,
            RunPlan plan,
            Crowd crowd,
            long sequenceBase) {
        this.client = client;
        this.sampler = sampler;
        this.template = template;
        this.port = port;
        this.plan = plan;
        this.crowd = crowd;
        this.sequenceBase = sequenceBase;
    }

    /** All events so far, warm-ups included. */
    long published() {
        return published;
    }

    Map<String, Histogram> histograms() {
        return histograms;
    }

    /** A phase whose events are due on a schedule that asks for {@code offered} events a second. */
    Phase scheduled(String name, Schedule schedule, double offered, double warmup) throws BenchException {
        double seconds = plan.timing().seconds();
        long warm = schedule.eventsBefore((long) (warmup * NS_PER_SECOND));
        long all = schedule.eventsBefore((long) ((warmup + seconds) * NS_PER_SECOND));
        return measure(name, new Stretch(schedule, offered, warmup, warm, all));
    }

    /** A phase of as many events as the broker takes. */
    Phase blast(String name) throws BenchException {
        if (plan.timing().warmupSeconds() > 0) {
            Publisher warmup = publisher(template, Schedule.BLAST, Long.MAX_VALUE);
            sampler.phase("warm-up", warmup::published);
            long start = System.nanoTime() + LEAD_NS;
            warmup.start(start);
            sampler.await(start + ns(plan.timing().warmupSeconds()), warmup::done);
            finish(warmup);
            drain(Long.MAX_VALUE);
        }
        return measure(name, new Stretch(Schedule.BLAST, 0, 0, 0, Long.MAX_VALUE));
    }

    /** Publishes this many bytes of events, as fast as the broker takes them, behind an event with this id. */
    void fill(String id, long bytes) throws BenchException {
        send(publisher(template.withId(id), Schedule.BLAST, 1));
        int each = plan.events().bytes();
        send(publisher(template, Schedule.BLAST, (bytes + each - 1) / each));
        drain(Long.MAX_VALUE);
    }

    private void send(Publisher publisher) throws BenchException {
        sampler.phase("fill", publisher::published);
        publisher.start(System.nanoTime());
        sampler.await(System.nanoTime() + ns(plan.timing().drainSeconds()), publisher::done);
        finish(publisher);
    }

    /** {@code warm} of {@code all} events are not looked at. */
    private record Stretch(Schedule schedule, double offered, double warmup, long warm, long all) {}

    private Phase measure(String name, Stretch stretch) throws BenchException {
        long first = published + stretch.warm;
        client.beginPhase(first);
        client.gather(gathering(stretch.schedule, stretch.offered));
        Publisher publisher = publisher(template, stretch.schedule, stretch.all);
        sampler.phase(stretch.warm > 0 ? "warm-up" : name, publisher::published);
        long start = System.nanoTime() + LEAD_NS;
        publisher.start(start);
        long from = start + ns(stretch.warmup);
        sampler.await(from, () -> publisher.failure() != null);
        sampler.phase(name, publisher::published);
        Mark begin = sampler.mark();
        sampler.await(from + ns(plan.timing().seconds()), () -> publisher.failure() != null);
        Mark end = sampler.mark();
        long before = published;
        finish(publisher);
        long measured = Math.max(0, published - first);
        long expected = crowd.deliveries(first, published);
        drain(expected);
        List<PhaseStats> loops = client.endPhase();
        LastClient last = new LastClient(loops)
                .collect(
                        measured,
                        i -> publisher.intendedTimes().get(first - before + i),
                        i -> client.sampledOf(first + i));
        return phase(name, stretch, begin, end, loops, last, measured, expected);
    }

    /** For how long clients may be left unread: not when events come all at once, else for a few events. */
    private Duration gathering(Schedule schedule, double offered) {
        Double given = plan.load().gatherMs();
        if (given != null) {
            return Duration.ofNanos((long) (given * 1e6));
        }
        boolean even = schedule != Schedule.BLAST && plan.scenario() != Kind.BURST;
        return even
                ? Duration.ofNanos((long) Math.min(MAX_GATHER_NS, GATHER_EVENTS * NS_PER_SECOND / offered))
                : Duration.ZERO;
    }

    private Publisher publisher(EventTemplate events, Schedule schedule, long count) {
        return new Publisher(events, port, schedule, sequenceBase, published, count);
    }

    /** Ends the publisher, which is late if it still has events: they were not taken in time. */
    private void finish(Publisher publisher) throws BenchException {
        sampler.await(System.nanoTime() + LEAD_NS, publisher::done);
        publisher.stop();
        sampler.await(System.nanoTime() + ns(plan.timing().drainSeconds()), publisher::done);
        published += publisher.published();
        String failure = publisher.failure();
        if (failure != null) {
            throw new BenchException(failure);
        }
        if (!publisher.done()) {
            throw new BenchException("the broker takes no more events");
        }
    }

    /**
     * Waits until all deliveries are there, nothing more comes, or patience ends. Their count alone does not tell, since some may
     * have come twice. Silence is counted in looks, not in time: a machine that stood still is not a server that has nothing to
     * send.
     */
    private void drain(long expected) {
        long deadline = System.nanoTime() + ns(plan.timing().drainSeconds());
        long messages = client.messages();
        int quietLooks = 0;
        while (System.nanoTime() < deadline && quietLooks < QUIET_LOOKS && !allHave(expected)) {
            sampler.await(System.nanoTime() + LEAD_NS, () -> false);
            long now = client.messages();
            quietLooks = now == messages ? quietLooks + 1 : 0;
            messages = now;
        }
    }

    private boolean allHave(long expected) {
        return client.phaseDeliveries() >= expected
                && client.integrity(published).missing() == 0;
    }

    private Phase phase(
            String name,
            Stretch stretch,
            Mark begin,
            Mark end,
            List<PhaseStats> loops,
            LastClient last,
            long measured,
            long expected) {
        Histogram latency = PhaseStats.newHistogram();
        loops.forEach(loop -> latency.add(loop.latency()));
        histograms.put(name, latency);
        histograms.put(name + "-last-client", last.times());
        long deliveries = loops.stream().mapToLong(PhaseStats::deliveries).sum();
        double seconds = end.secondsSince(begin);
        long messages = end.messages() - begin.messages();
        double due = stretch.offered * seconds * crowd.perEvent();
        boolean keptUp = stretch.schedule != Schedule.BLAST
                && messages >= KEPT_UP * due
                && latency.getValueAtPercentile(99) <= plan.shape().kneeMs() * 1e6;
        return new Phase(
                name,
                seconds,
                stretch.offered,
                measured,
                expected,
                deliveries,
                messages / seconds,
                (end.bytes() - begin.bytes()) / seconds / 1e6,
                keptUp,
                last.incomplete(),
                Latency.of(latency),
                Latency.of(last.times()),
                cpu(begin, end, messages));
    }

    private Cpu cpu(Mark begin, Mark end, long messages) {
        double span = end.secondsSince(begin) * NS_PER_SECOND;
        double perDelivery = 1_000.0 * messages;
        double clientNs = end.client().minus(begin.client()).schedNs();
        double schedNs = end.server().minus(begin.server()).schedNs();
        if (messages == 0) {
            return new Cpu(null, null, plan.pids().isEmpty() ? null : schedNs / span, 0, clientNs / span);
        }
        if (plan.pids().isEmpty()) {
            return new Cpu(null, null, null, clientNs / perDelivery, clientNs / span);
        }
        double statNs = end.server().minus(begin.server()).statNs();
        return new Cpu(
                schedNs / perDelivery, statNs / perDelivery, schedNs / span, clientNs / perDelivery, clientNs / span);
    }

    private static long ns(double seconds) {
        return (long) (seconds * NS_PER_SECOND);
    }
}
