package dev.hibiki.bench.report;

import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Makes results of runs for tests of reports. Stateless. */
final class Runs {
    private Runs() {}

    static RunResult run(String label) {
        Histogram histogram = new Histogram(1_000, 600_000_000_000L, 3);
        for (long i = 1; i <= 1_000; i++) {
            histogram.recordValue(i * 10_000);
        }
        Latency latency = Latency.of(histogram);
        Latency none = Latency.of(new Histogram(1_000, 600_000_000_000L, 3));
        Cpu cpu = new Cpu(4.5, 4.4, 0.45, 2.2, 0.22);
        Phase phase =
                new Phase("steady", 10, 100, 1_000, 1_000_000, 999_999, 100_000, 33, true, 1, latency, latency, cpu);
        Phase empty = new Phase("none", 10, 0, 0, 0, 0, 0, 0, false, 0, none, none, new Cpu(null, null, null, 0, 0));
        return new RunResult(
                RunResult.FORMAT,
                label,
                "steady",
                "2026-01-01T00:00:00Z",
                Map.of("cores", "2"),
                Map.of("--url", "ws://127.0.0.1:8765/?a=<b>"),
                new Connect(1_000, 1_950, latency, 1_000L, 5_000L, 4.0, null, null, null),
                List.of(phase, empty),
                new Losses(1_000, 1, 1, 0, 0, 0, 0, 0),
                List.of(
                        new Second(1, "warm-up", 1_000, 100, 100_000, 0.45, 0.22, 5_000L),
                        new Second(2, "steady", 1_000, 100, 100_000, null, 0.22, null)),
                List.of("kept up"));
    }
}
