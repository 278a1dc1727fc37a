package dev.hibiki.bench;

import dev.hibiki.bench.client.Protocol;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options about the clients. */
final class LoadOptions {
    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "ws://127.0.0.1:8765/",
            description = "Where clients connect; a query is kept (default: ${DEFAULT-VALUE}).")
    String url = "ws://127.0.0.1:8765/";

    @Option(
            names = "--protocol",
            paramLabel = "ws|sse",
            description = "WebSocket or Server-Sent Events (default: by the URL's scheme, ws or http).")
    @Nullable Protocol protocol;

    @Option(
            names = {"-c", "--connections"},
            paramLabel = "N",
            defaultValue = "1000",
            description = "Number of clients (default: ${DEFAULT-VALUE}).")
    int connections = 1000;

    @Option(
            names = "--connect-rate",
            paramLabel = "PER-SECOND",
            defaultValue = "2000",
            description = "How fast clients connect (default: ${DEFAULT-VALUE}).")
    double connectsPerSecond = 2000;

    @Option(
            names = "--sources",
            paramLabel = "N",
            defaultValue = "4",
            description = "Come from N addresses, 127.0.0.1 and up, when the server is on this machine (default:"
                    + " ${DEFAULT-VALUE}).")
    int sources = 4;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Threads that read for the clients, besides one for the sampled ones (default: ${DEFAULT-VALUE}).")
    int threads = 1;

    @Option(
            names = "--sample",
            paramLabel = "N",
            defaultValue = "100",
            description = "Take the times at about N clients; all count sequences (default: ${DEFAULT-VALUE}).")
    int sampled = 100;

    @Option(
            names = "--gather",
            paramLabel = "MS",
            description =
                    "Read the other clients at most once in this time, to spend less (default: for some five events,"
                            + " at most 50).")
    @Nullable Double gatherMs;

    @Option(names = "--deflate", description = "Offer permessage-deflate; only sampled clients inflate.")
    boolean deflate;

    @Option(
            names = "--regions",
            paramLabel = "JP,KR,…",
            split = ",",
            description = "Each client asks for one region in turn (?region=…); events rotate through them.")
    List<String> regions = new ArrayList<>();

    @Option(
            names = "--header",
            paramLabel = "NAME:VALUE",
            description = "One more header of each handshake, such as Authorization or X-Forwarded-For. Repeatable.")
    List<String> headers = new ArrayList<>();

    @Option(
            names = "--pid",
            paramLabel = "PID",
            split = ",",
            description = "The server's process or processes, to report their CPU and memory.")
    List<Long> pids = new ArrayList<>();

    @Option(names = "--heap", description = "The server is a JVM: report its live heap (makes it collect garbage).")
    boolean heap;
}
