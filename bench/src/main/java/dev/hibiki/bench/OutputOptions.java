package dev.hibiki.bench;

import dev.hibiki.bench.report.HtmlReport;
import dev.hibiki.bench.report.JsonReport;
import dev.hibiki.bench.scenario.RunOutcome;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options about what is left of a run. */
final class OutputOptions {
    private static final double NS_PER_US = 1_000.0;

    @Option(names = "--label", paramLabel = "NAME", description = "What to call the run (default: the scenario).")
    @Nullable String label;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            description = "Write run.json, *.hgrm and report.html into this directory (default: no files).")
    @Nullable Path directory;

    /** Writes the run's files, if wanted, and says where. */
    void write(RunOutcome outcome, PrintWriter out) throws IOException {
        if (directory == null) {
            return;
        }
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("run.json"), JsonReport.write(outcome.result()));
        for (Map.Entry<String, Histogram> entry : outcome.histograms().entrySet()) {
            String name = entry.getKey().replaceAll("[^A-Za-z0-9.-]+", "-") + ".hgrm";
            try (PrintStream file =
                    new PrintStream(Files.newOutputStream(directory.resolve(name)), false, StandardCharsets.UTF_8)) {
                entry.getValue().outputPercentileDistribution(file, NS_PER_US);
            }
        }
        Files.writeString(directory.resolve("report.html"), HtmlReport.of(List.of(outcome.result())));
        out.println("files: " + directory);
    }
}
