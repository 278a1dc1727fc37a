package dev.hibiki.bench;

import picocli.CommandLine.Option;

/** Options about what happens when. */
final class ScenarioOptions {
    @Option(
            names = {"-d", "--duration"},
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "Length of each measured phase or step (default: ${DEFAULT-VALUE}).")
    double seconds = 10;

    @Option(
            names = "--warmup",
            paramLabel = "SECONDS",
            defaultValue = "5",
            description = "Publish for so long before the figures count (default: ${DEFAULT-VALUE}).")
    double warmupSeconds = 5;

    @Option(
            names = "--drain",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "Wait at most so long for late deliveries (default: ${DEFAULT-VALUE}).")
    double drainSeconds = 10;

    @Option(names = "--blast", description = "saturate: publish as fast as the broker takes events.")
    boolean blast;

    @Option(
            names = "--step",
            paramLabel = "FACTOR",
            defaultValue = "1.5",
            description = "saturate: each step's rate over the one before (default: ${DEFAULT-VALUE}).")
    double stepFactor = 1.5;

    @Option(
            names = "--knee",
            paramLabel = "MS",
            defaultValue = "1000",
            description = "saturate: a longer p99 means that the server did not follow (default: ${DEFAULT-VALUE}).")
    double kneeMs = 1000;

    @Option(
            names = "--burst-events",
            paramLabel = "N",
            defaultValue = "100",
            description = "burst: events at once (default: ${DEFAULT-VALUE}).")
    int burstEvents = 100;

    @Option(
            names = "--burst-every",
            paramLabel = "MS",
            defaultValue = "1000",
            description = "burst: from one burst to the next (default: ${DEFAULT-VALUE}).")
    double burstEveryMs = 1000;

    @Option(
            names = "--churn-rate",
            paramLabel = "PER-SECOND",
            defaultValue = "100",
            description = "churn: clients that come per second (default: ${DEFAULT-VALUE}).")
    double churnPerSecond = 100;

    @Option(
            names = "--churn-life",
            paramLabel = "SECONDS",
            defaultValue = "2",
            description = "churn: how long each stays (default: ${DEFAULT-VALUE}).")
    double churnLifetimeSeconds = 2;

    @Option(
            names = "--stalled-percent",
            paramLabel = "PERCENT",
            defaultValue = "10",
            description = "stalled: clients that stop reading (default: ${DEFAULT-VALUE}).")
    double stalledPercent = 10;

    @Option(
            names = "--resume-clients",
            paramLabel = "N",
            defaultValue = "5000",
            description = "resume: clients that come back at once, and again when all have read (default:"
                    + " ${DEFAULT-VALUE}).")
    int resumeClients = 5000;

    @Option(
            names = "--resume-rate",
            paramLabel = "PER-SECOND",
            description = "resume: how fast they connect (default: all at once).")
    double resumesPerSecond = Double.MAX_VALUE;

    @Option(
            names = "--resume-bytes",
            paramLabel = "BYTES",
            defaultValue = "262144",
            description = "resume: what each reads before it leaves (default: ${DEFAULT-VALUE}).")
    long resumeBytes = 262_144;
}
