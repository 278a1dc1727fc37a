package dev.hibiki.gateway.drain;

import dev.hibiki.gateway.support.Http;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Samples from the metrics of several gateways how many sessions have begun, on a thread of its own, and finds the highest
 * rates. A gateway that restarts on the same port counts as another one.
 */
final class HandshakeWatch implements AutoCloseable {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final List<String> metricsUris;
    private final Map<String, List<Sample>> gateways = new HashMap<>();

    /** The counters as they were at some time between the request and the answer. */
    private record Sample(long askedNs, long answeredNs, long accepted, long refused, long gaps) {}

    HandshakeWatch(List<String> metricsUris, int intervalMs) {
        this.metricsUris = List.copyOf(metricsUris);
        timer.scheduleAtFixedRate(this::sampleAll, 0, intervalMs, TimeUnit.MILLISECONDS);
    }

    private void sampleAll() {
        metricsUris.forEach(this::sample);
    }

    private void sample(String uri) {
        try {
            long asked = System.nanoTime();
            String text = Http.get(uri).body();
            Sample sample = new Sample(
                    asked,
                    System.nanoTime(),
                    value(text, "hibiki_handshakes_total{status=\"101\"}"),
                    value(text, "hibiki_handshakes_total{status=\"503\"}"),
                    value(text, "hibiki_resumes_total{result=\"gap\"}"));
            add(uri + " since " + text(text, "process_start_time_seconds"), sample);
        } catch (UncheckedIOException away) {
            Thread.onSpinWait(); // The gateway restarts; the next sample comes soon.
        }
    }

    private synchronized void add(String gateway, Sample sample) {
        gateways.computeIfAbsent(gateway, begun -> new ArrayList<>()).add(sample);
    }

    private static long value(String metrics, String name) {
        return (long) Double.parseDouble(text(metrics, name));
    }

    private static String text(String metrics, String name) {
        Matcher line =
                Pattern.compile("(?m)^" + Pattern.quote(name) + " (\\S+)$").matcher(metrics);
        return line.find() ? line.group(1) : "0";
    }

    /**
     * The largest excess of new sessions on one gateway, between any two samples, over this rate and burst. Whatever the
     * sampling interval, a correct gateway exceeds them by at most one session per loop, between its budget and its counter.
     */
    synchronized long overBudget(int perSecond, int burst) {
        long most = Long.MIN_VALUE;
        for (List<Sample> samples : gateways.values()) {
            for (int to = 1; to < samples.size(); to++) {
                for (Sample from : samples.subList(0, to)) {
                    double seconds = (double) (samples.get(to).answeredNs - from.askedNs) / SECOND_NS;
                    long allowed = (long) Math.ceil(perSecond * seconds + burst);
                    most = Math.max(most, samples.get(to).accepted - from.accepted - allowed);
                }
            }
        }
        return most;
    }

    /** The highest rate of new sessions on one gateway, measured over a second or a little more. */
    synchronized double peakPerSecond() {
        return peak(Sample::accepted);
    }

    /** The highest rate of handshakes on one gateway, admitted or refused. */
    synchronized double askedPeakPerSecond() {
        return peak(sample -> sample.accepted + sample.refused);
    }

    private double peak(ToLongFunction<Sample> counter) {
        double peak = 0;
        for (List<Sample> samples : gateways.values()) {
            int from = 0;
            for (int to = 1; to < samples.size(); to++) {
                while (from + 1 < to && samples.get(to).answeredNs - samples.get(from + 1).answeredNs >= SECOND_NS) {
                    from++;
                }
                double seconds = (double) (samples.get(to).answeredNs - samples.get(from).answeredNs) / SECOND_NS;
                if (seconds >= 1) {
                    long count = counter.applyAsLong(samples.get(to)) - counter.applyAsLong(samples.get(from));
                    peak = Math.max(peak, count / seconds);
                }
            }
        }
        return peak;
    }

    /** How many handshakes were refused, as far as the samples show. */
    synchronized long refused() {
        return sum(Sample::refused);
    }

    /** How many clients resumed from an unknown id, as far as the samples show. */
    synchronized long gaps() {
        return sum(Sample::gaps);
    }

    private long sum(ToLongFunction<Sample> counter) {
        return gateways.values().stream()
                .mapToLong(samples -> counter.applyAsLong(samples.get(samples.size() - 1)))
                .sum();
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
