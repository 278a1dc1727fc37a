package dev.hibiki.gateway.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * All metrics of the gateway. Thread-safe.
 *
 * <p>Counters that change with each delivery are in {@link LoopCounters}. They are summed only when metrics are read.
 */
public final class GatewayMetrics implements AutoCloseable {
    private static final Duration[] LATENCY_BUCKETS = IntStream.of(
                    10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000)
            .mapToObj(micros -> Duration.ofNanos(micros * 1_000L))
            .toArray(Duration[]::new);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final ProcessMetrics process = new ProcessMetrics();

    private final Timer encode = latency(
            "hibiki.encode",
            "From an event in hand to its frames in the logs, parsing included where it was not parsed before");
    private final Timer fanOut = latency(
            "hibiki.fan.out",
            "From an event's arrival in the logs to the end of the sweep that handed it to all sockets");
    private final Counter eventsIn = counter("hibiki.events.in", "Events accepted");
    private final Counter replacedSurrogates =
            counter("hibiki.events.replaced.surrogates", "Lone surrogates in events that became U+FFFD");
    private final Counter replacedIds = counter(
            "hibiki.events.replaced.ids",
            "Events with an id that no client could come back with, which got another one");
    private final Counter eventsLost = counter(
            "hibiki.events.lost", "Events that did not come into all logs, for want of memory, as clients were told");
    private final Counter lagLosses = counter("hibiki.lag.skips", "Times that a client which lagged went on with less");
    private final Counter lagMissed = counter("hibiki.lag.missed", "Events that clients which lagged will never get");
    private final Counter deflatedHandshakes =
            counter("hibiki.handshakes.deflated", "New sessions with permessage-deflate");

    /** Registers the metrics of the build, of the JVM, of the process and of Netty's allocator. */
    public void bindProcess(String transport, ByteBufAllocatorMetricProvider allocator) {
        process.bind(registry, transport, allocator);
    }

    private Timer latency(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(LATENCY_BUCKETS)
                .register(registry);
    }

    public Timer encode() {
        return encode;
    }

    public LoopCounters newLoopCounters() {
        return new LoopCounters(fanOut);
    }

    public void accepted(int surrogates) {
        eventsIn.increment();
        if (surrogates > 0) {
            replacedSurrogates.increment(surrogates);
        }
    }

    /** Counts an event that clients miss because there was no memory for it. */
    public void lost() {
        eventsLost.increment();
    }

    public void replacedId() {
        replacedIds.increment();
    }

    /**
     * Counts published bytes that are not an event.
     *
     * @param channel the configured channel or pattern
     */
    public void rejected(String channel, String reason) {
        rejections(channel, reason).increment();
    }

    private Counter rejections(String channel, String reason) {
        return counter(
                "hibiki.events.rejected",
                "Published bytes that are not an event",
                "channel",
                channel,
                "reason",
                reason);
    }

    /** Counts events of a channel that is not configured, or that came through an entry that does not own the channel. */
    public void ignored(String reason) {
        counter("hibiki.events.ignored", "Events received and rightly not delivered", "reason", reason)
                .increment();
    }

    /**
     * Counts a loss of events between Redis and this gateway.
     *
     * @param channel the configured channel or pattern
     */
    public void gap(String channel) {
        gaps(channel).increment();
    }

    private Counter gaps(String channel) {
        return counter(
                "hibiki.gaps",
                "Times that events were or may have been lost before they came here",
                "channel",
                channel);
    }

    /**
     * Registers counters at zero. When a counter first appears with the value one, Prometheus's increase() misses that one.
     */
    public void expect(Iterable<String> channels, Iterable<String> rejectionReasons, Iterable<String> refusalReasons) {
        channels.forEach(this::gaps);
        channels.forEach(channel -> rejectionReasons.forEach(reason -> rejections(channel, reason)));
        refusalReasons.forEach(this::refusals);
        Stream.of("publish", "return", "connect", "delivery").forEach(this::canaryFailures);
        Stream.of("redis", "delivery").forEach(this::canary);
    }

    /** Counts a client that resumed, by whether it got all events that it had missed. */
    public void resumed(String result) {
        counter("hibiki.resumes", "Clients that resumed, by result", "result", result)
                .increment();
    }

    /** Counts the events that a session has missed because of its lag, and one skip. */
    public void missed(int events) {
        lagLosses.increment();
        lagMissed.increment(events);
    }

    public void closed(String reason) {
        counter("hibiki.closes", "Ended sessions by reason", "reason", reason).increment();
    }

    /** Counts a refused connection or request. */
    public void refused(String reason) {
        refusals(reason).increment();
    }

    /** The number of refusals for this reason so far. */
    public long refusedSoFar(String reason) {
        return (long) refusals(reason).count();
    }

    private Counter refusals(String reason) {
        return counter("hibiki.refused", "Connections and requests refused at the edge, by reason", "reason", reason);
    }

    /** The requests that were refused on the admin port for this reason. */
    public Counter adminRefusals(String reason) {
        return counter("hibiki.admin.refused", "Requests refused on the admin port, by reason", "reason", reason);
    }

    /** Counts an answered request for a stream of events. The status is 101 or 200 for a new session. */
    public void handshake(int status) {
        counter("hibiki.handshakes", "Answered requests for a stream of events", "status", Integer.toString(status))
                .increment();
    }

    public void tlsFailed(String kind) {
        counter("hibiki.tls.handshake.failures", "TLS handshakes that came to nothing", "kind", kind)
                .increment();
    }

    /** Counts a certificate that has changed: {@code ok}, or {@code error} when the old one stays in use. */
    public void tlsReloaded(String result) {
        counter("hibiki.tls.reloads", "Changed certificates, by what came of it", "result", result)
                .increment();
    }

    public void deflatedHandshake() {
        deflatedHandshakes.increment();
    }

    public void token(String result) {
        counter("hibiki.tokens", "Tokens that clients gave, by what came of it", "result", result)
                .increment();
    }

    public void jwksFetch(String result) {
        counter("hibiki.jwks.fetches", "Times that --jwks-url was asked for keys, by result", "result", result)
                .increment();
    }

    /** Records the time of a canary on one leg: {@code redis} or {@code delivery}. */
    public void canaryReturned(String leg, long elapsedNs) {
        canary(leg).record(elapsedNs, TimeUnit.NANOSECONDS);
    }

    private Timer canary(String leg) {
        return Timer.builder("hibiki.canary.round.trip")
                .description("From the publication of a canary to its return from Redis, and from there to a client on"
                        + " each event loop")
                .tag("leg", leg)
                .serviceLevelObjectives(LATENCY_BUCKETS)
                .register(registry);
    }

    /** Counts a canary that did not return, by the step at which it stopped. */
    public void canaryFailed(String step) {
        canaryFailures(step).increment();
    }

    private Counter canaryFailures(String step) {
        return counter("hibiki.canary.failures", "Canaries that got stuck, by where", "step", step);
    }

    /**
     * The parameters of queries that mean nothing here.
     *
     * @param meant the known parameter that was probably meant, or {@code other}
     */
    public Counter unknownParameters(String meant) {
        return counter("hibiki.unknown.parameters", "Parameters in queries that have no effect", "meant", meant);
    }

    public void publishRequest(int status) {
        counter("hibiki.publish.requests", "Answered publish requests", "status", Integer.toString(status))
                .increment();
    }

    private Counter counter(String name, String description, String... tags) {
        return Counter.builder(name).description(description).tags(tags).register(registry);
    }

    /** @param value never goes down */
    public void counter(String name, String description, LongSupplier value) {
        FunctionCounter.builder(name, this, self -> value.getAsLong())
                .description(description)
                .register(registry);
    }

    public void gauge(String name, String description, DoubleSupplier value) {
        Gauge.builder(name, value::getAsDouble).description(description).register(registry);
    }

    public void gauge(String name, String description, String tag, String tagValue, DoubleSupplier value) {
        Gauge.builder(name, value::getAsDouble)
                .description(description)
                .tag(tag, tagValue)
                .register(registry);
    }

    /** Registers the sums of the counters of all loops. */
    public void loops(List<LoopCounters> loops) {
        sum("hibiki.deliveries", "Events handed to sockets", loops, LoopCounters::deliveries);
        sum("hibiki.delivered.bytes", "Bytes of event frames handed to sockets", loops, LoopCounters::bytes);
        sum("hibiki.sweeps", "Sweeps over the subscribers that have news", loops, LoopCounters::sweeps);
    }

    private void sum(String name, String description, List<LoopCounters> loops, ToLongFunction<LoopCounters> counter) {
        // Micrometer keeps only a weak reference to its object. That must not be the list, since nothing else refers to
        // it.
        FunctionCounter.builder(
                        name, this, self -> loops.stream().mapToLong(counter).sum())
                .description(description)
                .register(registry);
    }

    /** All metrics in the text format 0.0.4 of Prometheus. */
    public String scrape() {
        return registry.scrape();
    }

    public MeterRegistry registry() {
        return registry;
    }

    @Override
    public void close() {
        process.close();
        registry.close();
    }
}
