package dev.hibiki.bench.scenario;

import dev.hibiki.bench.report.RunResult;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** The figures, and the histograms behind them by name (nanoseconds). */
public record RunOutcome(RunResult result, Map<String, Histogram> histograms) {}
