package dev.hibiki.bench.report;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** A histogram's figures in microseconds, and enough of its curve to draw it. */
public record Latency(
        long count,
        double meanUs,
        double p50Us,
        double p90Us,
        double p99Us,
        double p999Us,
        double maxUs,
        List<Point> curve) {
    private static final double NS_PER_US = 1_000;
    private static final int STEPS_PER_DECADE = 8;

    /** {@code percentile} percent of the values are no more than {@code us}. */
    public record Point(double percentile, double us) {}

    public static Latency of(Histogram ns) {
        List<Point> curve = new ArrayList<>();
        if (ns.getTotalCount() > 0) {
            double decades = Math.log10((double) ns.getTotalCount());
            for (int step = 0; step <= Math.ceil(decades * STEPS_PER_DECADE); step++) {
                double percentile = 100 - 100 * Math.pow(10, -(double) step / STEPS_PER_DECADE);
                curve.add(new Point(percentile, ns.getValueAtPercentile(percentile) / NS_PER_US));
            }
        }
        return new Latency(
                ns.getTotalCount(),
                ns.getTotalCount() == 0 ? 0 : ns.getMean() / NS_PER_US,
                ns.getValueAtPercentile(50) / NS_PER_US,
                ns.getValueAtPercentile(90) / NS_PER_US,
                ns.getValueAtPercentile(99) / NS_PER_US,
                ns.getValueAtPercentile(99.9) / NS_PER_US,
                ns.getTotalCount() == 0 ? 0 : ns.getMaxValue() / NS_PER_US,
                curve);
    }
}
