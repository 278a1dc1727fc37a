package dev.hibiki.bench;

import picocli.CommandLine.Option;

/** Options about the events. */
final class PublishOptions {
    @Option(
            names = "--publish",
            paramLabel = "URL",
            defaultValue = "redis://127.0.0.1:6379",
            description = {
                "How events get in (default: ${DEFAULT-VALUE}):",
                "redis://[user:password@]host:port  PUBLISH to --channel",
                "redis-stream://…                   XADD to --channel",
                "http://host:port/path/{channel}    POST; {channel} and {region} are filled in"
            })
    String publish = "redis://127.0.0.1:6379";

    @Option(
            names = "--channel",
            paramLabel = "NAME",
            defaultValue = "topvideohub:trending",
            description = "Channel or stream (default: ${DEFAULT-VALUE}).")
    String channel = "topvideohub:trending";

    @Option(
            names = "--stream-field",
            paramLabel = "NAME",
            defaultValue = "data",
            description = "The field of a stream's entry that holds the event (default: ${DEFAULT-VALUE}).")
    String streamField = "data";

    @Option(
            names = "--stream-length",
            paramLabel = "N",
            defaultValue = "10000",
            description = "About how many entries the stream keeps (default: ${DEFAULT-VALUE}).")
    long streamLength = 10_000;

    @Option(
            names = "--publish-connections",
            paramLabel = "N",
            defaultValue = "1",
            description = "Connections for HTTP; with more than one, events may overtake each other on their way in"
                    + " (default: ${DEFAULT-VALUE}).")
    int connections = 1;

    @Option(
            names = {"-r", "--rate"},
            paramLabel = "PER-SECOND",
            defaultValue = "100",
            description = "Events per second; where saturate begins (default: ${DEFAULT-VALUE}).")
    double perSecond = 100;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            defaultValue = "330",
            description = "Length of an event (default: ${DEFAULT-VALUE}).")
    int bytes = 330;
}
