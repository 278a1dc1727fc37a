package dev.hibiki.bench;

import dev.hibiki.bench.report.HtmlReport;
import dev.hibiki.bench.report.JsonReport;
import dev.hibiki.bench.report.RunResult;
import dev.hibiki.bench.report.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Puts several runs side by side. */
@Command(name = "report", mixinStandardHelpOptions = true, description = "Compares runs by the JSON files they left.")
final class ReportCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN.json", arity = "1..*", description = "The runs.")
    private List<Path> runs = new ArrayList<>();

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description = "Write an HTML page with their tables and plots.")
    private @Nullable Path page;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try {
            List<RunResult> results = new ArrayList<>();
            for (Path file : runs) {
                RunResult run = JsonReport.read(file);
                out.println(run.label());
                out.print(Table.of(run));
                results.add(run);
            }
            if (page != null) {
                Files.writeString(page, HtmlReport.of(results));
                out.println("page: " + page);
            }
            out.flush();
            return CommandLine.ExitCode.OK;
        } catch (IOException e) {
            spec.commandLine().getErr().println("hibiki-bench: " + e.getMessage());
            return CommandLine.ExitCode.USAGE;
        }
    }
}
