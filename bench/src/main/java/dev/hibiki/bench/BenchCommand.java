package dev.hibiki.bench;

import dev.hibiki.bench.report.Table;
import dev.hibiki.bench.scenario.BenchException;
import dev.hibiki.bench.scenario.BenchRun;
import dev.hibiki.bench.scenario.Kind;
import dev.hibiki.bench.scenario.RunOutcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command without a subcommand: one run. */
@Command(
        name = "hibiki-bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        subcommands = ReportCommand.class,
        header = "Measures a WebSocket or Server-Sent Events server that pushes JSON events.",
        description = {
            "",
            "Opens many connections, publishes events on a schedule that waits for nobody, and tells how long after the"
                    + " intended time each client has each event, what was lost, and what it cost the server.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  hibiki-bench --connections 1000 --rate 100 --pid $(pgrep -f hibiki.jar)",
            "  hibiki-bench --scenario saturate --connections 1000 --rate 500",
            "  hibiki-bench --url http://127.0.0.1:8765/sse --publish http://127.0.0.1:9765/publish/{channel}",
            "  hibiki-bench report before.json after.json -o report.html",
            "",
            "Exit code: 0 done, 2 a bad option or a server that cannot be used."
        })
final class BenchCommand implements Callable<Integer> {
    @Option(
            names = "--scenario",
            paramLabel = "NAME",
            defaultValue = "steady",
            description = {
                "What to do (default: ${DEFAULT-VALUE}):",
                "steady    publish at --rate",
                "saturate  raise the rate until the server no longer follows, or --blast",
                "burst     --burst-events at once, every --burst-every ms",
                "churn     steady, without and with clients that come and go",
                "resume    steady, without and with clients that come back at once with a last id",
                "stalled   steady, without and with clients that stop reading",
                "idle      connect and hold"
            })
    private Kind scenario = Kind.STEADY;

    @ArgGroup(validate = false, heading = "%nClients:%n")
    private LoadOptions load = new LoadOptions();

    @ArgGroup(validate = false, heading = "%nEvents:%n")
    private PublishOptions publish = new PublishOptions();

    @ArgGroup(validate = false, heading = "%nScenario:%n")
    private ScenarioOptions shape = new ScenarioOptions();

    @ArgGroup(validate = false, heading = "%nOutput:%n")
    private OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        try {
            Planner planner = new Planner(spec.commandLine());
            var plan = planner.plan(scenario, load, publish, shape, output);
            RunOutcome outcome;
            try (ConsoleProgress progress = new ConsoleProgress(err)) {
                outcome = new BenchRun(plan, progress).execute();
            }
            PrintWriter out = spec.commandLine().getOut();
            out.print(Table.of(outcome.result()));
            output.write(outcome, out);
            out.flush();
            return CommandLine.ExitCode.OK;
        } catch (BenchException | IOException e) {
            err.println("hibiki-bench: " + e.getMessage());
            return CommandLine.ExitCode.USAGE;
        }
    }
}
