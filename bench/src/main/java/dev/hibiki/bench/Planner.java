package dev.hibiki.bench;

import dev.hibiki.bench.client.Target;
import dev.hibiki.bench.measure.ProcessCpu;
import dev.hibiki.bench.publish.HttpPort;
import dev.hibiki.bench.publish.HttpTarget;
import dev.hibiki.bench.publish.RedisAddress;
import dev.hibiki.bench.publish.RedisPort;
import dev.hibiki.bench.scenario.Kind;
import dev.hibiki.bench.scenario.PortFactory;
import dev.hibiki.bench.scenario.RunPlan;
import dev.hibiki.gateway.runtime.OpenFiles;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** Checks the options and makes a plan of them. An error names the option, its value and what was expected. */
final class Planner {
    /** Open files for the JVM's own, the selector and the publisher. */
    private static final int RESERVED_FILES = 100;

    private static final String STREAM_SCHEME = "redis-stream://";
    private static final Pattern HEADER = Pattern.compile("[!-9;-~]+:[ -~]*");

    private final CommandLine commandLine;

    Planner(CommandLine commandLine) {
        this.commandLine = commandLine;
    }

    RunPlan plan(Kind scenario, LoadOptions load, PublishOptions publish, ScenarioOptions shape, OutputOptions output) {
        RunPlan.Load clients = load(load);
        positive("--rate", publish.perSecond);
        positive("--publish-connections", publish.connections);
        positive("--stream-length", publish.streamLength);
        positive("--duration", shape.seconds);
        atLeast("--warmup", shape.warmupSeconds, 0);
        atLeast("--drain", shape.drainSeconds, 0);
        atLeast("--step", shape.stepFactor, 1.01);
        positive("--burst-events", shape.burstEvents);
        positive("--burst-every", shape.burstEveryMs);
        positive("--churn-rate", shape.churnPerSecond);
        positive("--churn-life", shape.churnLifetimeSeconds);
        positive("--resume-clients", shape.resumeClients);
        positive("--resume-rate", shape.resumesPerSecond);
        positive("--resume-bytes", shape.resumeBytes);
        if (scenario == Kind.RESUME) {
            openFiles("--resume-clients", shape.resumeClients, RESERVED_FILES + load.connections);
        }
        expect(
                shape.stalledPercent > 0 && shape.stalledPercent < 100,
                "--stalled-percent",
                shape.stalledPercent,
                "between 0 and 100");
        expect(publish.bytes >= 2 && publish.bytes <= 60_000, "--size", publish.bytes, "up to 60000");
        for (long pid : load.pids) {
            expect(new ProcessCpu(pid).exists(), "--pid", pid, "a process of this machine");
        }
        expect(!load.heap || !load.pids.isEmpty(), "--heap", true, "together with --pid");
        String label = output.label;
        return new RunPlan(
                label != null ? label : scenario.name().toLowerCase(Locale.ROOT),
                scenario,
                clients,
                new RunPlan.Events(port(publish), publish.bytes, publish.perSecond),
                new RunPlan.Timing(shape.warmupSeconds, shape.seconds, shape.drainSeconds),
                new RunPlan.Shape(
                        shape.blast,
                        shape.stepFactor,
                        shape.kneeMs,
                        shape.burstEvents,
                        shape.burstEveryMs,
                        shape.churnPerSecond,
                        shape.churnLifetimeSeconds,
                        shape.stalledPercent,
                        shape.resumeClients,
                        shape.resumesPerSecond,
                        shape.resumeBytes),
                load.pids,
                load.heap,
                given());
    }

    private RunPlan.Load load(LoadOptions load) {
        positive("--connections", load.connections);
        positive("--connect-rate", load.connectsPerSecond);
        expect(load.sources >= 1 && load.sources <= 250, "--sources", load.sources, "1 to 250");
        expect(load.threads >= 1 && load.threads <= 64, "--threads", load.threads, "1 to 64");
        atLeast("--sample", load.sampled, 0);
        Double gather = load.gatherMs;
        expect(gather == null || (gather >= 0 && gather <= 1000), "--gather", gather, "0 to 1000");
        openFiles("--connections", load.connections, RESERVED_FILES);
        for (String header : load.headers) {
            expect(HEADER.matcher(header).matches(), "--header", header, "NAME: VALUE, in ASCII");
        }
        try {
            Target target = Target.parse(load.url, load.protocol, load.deflate, load.headers);
            return new RunPlan.Load(
                    target,
                    load.connections,
                    load.connectsPerSecond,
                    load.threads,
                    load.sources,
                    load.sampled,
                    load.gatherMs,
                    List.copyOf(load.regions));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine, "--url: " + e.getMessage());
        }
    }

    private PortFactory port(PublishOptions publish) {
        try {
            if (publish.publish.startsWith(STREAM_SCHEME)) {
                RedisAddress address =
                        RedisAddress.parse("redis://" + publish.publish.substring(STREAM_SCHEME.length()));
                return () -> RedisPort.append(address, publish.channel, publish.streamField, publish.streamLength);
            }
            if (publish.publish.startsWith("http://")) {
                HttpTarget target = HttpTarget.parse(publish.publish, publish.channel);
                return () -> new HttpPort(target, publish.connections);
            }
            RedisAddress address = RedisAddress.parse(publish.publish);
            return () -> RedisPort.publish(address, publish.channel);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine, "--publish: " + e.getMessage());
        }
    }

    /** The options that were given, for the report; passwords, and what headers say, are left out. */
    private Map<String, String> given() {
        Map<String, String> options = new LinkedHashMap<>();
        for (OptionSpec option : commandLine.getParseResult().matchedOptions()) {
            boolean isHeader = option.longestName().equals("--header");
            options.put(
                    option.longestName(),
                    option.stringValues().stream()
                            .map(value -> isHeader
                                    ? value.substring(0, value.indexOf(':'))
                                    : value.replaceAll("//[^/@]*@", "//"))
                            .collect(Collectors.joining(",")));
        }
        return options;
    }

    private void openFiles(String option, int sockets, int others) {
        expect(
                sockets <= OpenFiles.limit() - others,
                option,
                sockets,
                "at most the open-file limit of " + OpenFiles.limit() + " less " + others);
    }

    private void positive(String option, Number value) {
        expect(value.doubleValue() > 0, option, value, "> 0");
    }

    private void atLeast(String option, Number value, Number least) {
        expect(value.doubleValue() >= least.doubleValue(), option, value, ">= " + least);
    }

    private void expect(boolean holds, String option, @Nullable Object value, String expected) {
        if (!holds) {
            throw new ParameterException(commandLine, option + ": " + value + " (expected: " + expected + ")");
        }
    }
}
