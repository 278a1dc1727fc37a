package dev.hibiki.gateway;

import static dev.hibiki.gateway.RequestKinds.FILLED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.auth.TestTokens;
import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.LongRun;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the most expensive request of each kind costs: the CPU time of the event loop, with all that it does for the socket.
 * By default each is sent a few times, and only its answer is checked. With {@code -Dhibiki.test.requests=300} the times
 * are those of docs/security.md; they are written to target/request-cost.md.
 */
@Timeout(300)
final class RequestCostIT {
    private static final int REQUESTS = LongRun.setting("hibiki.test.requests", 1, 300);
    private static final boolean MEASURED = REQUESTS >= 50;
    private static final long WARM_UP_NS = 3_000_000_000L;
    private static final Path TABLE = Path.of("target", "request-cost.md");
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    @TempDir
    Path folder = Path.of("");

    static Stream<List<RequestKinds.Kind>> kinds() {
        return RequestKinds.byFlags().stream();
    }

    @BeforeAll
    static void begin() throws IOException {
        Files.createDirectories(TABLE.getParent());
        Files.writeString(TABLE, "| request | µs of an event loop |\n|---|---|\n");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldAnswerTheMostExpensiveRequestsOfEachKind(List<RequestKinds.Kind> kinds) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), TestTokens.SECRET);
        List<String> flags = new ArrayList<>(List.of("--event-loops", "1", "--canary-interval-ms", "0"));
        boolean filled = kinds.get(0).flags().equals(FILLED);
        kinds.get(0).flags().forEach(flag -> flags.add(flag.equals("SECRET") ? secret.toString() : flag));
        try (RunningGateway gateway = RunningGateway.startReady(flags.toArray(String[]::new));
                RawClient reader = new RawClient(gateway)) {
            if (filled) {
                reader.send(RequestKinds.upgrade(RequestKinds.SIXTY_FOUR_REGIONS));
                assertThat(reader.read()).startsWith("HTTP/1.1 101");
                fillLogs(gateway);
            }
            for (RequestKinds.Kind kind : kinds) {
                measure(gateway, kind);
            }
        }
    }

    private static void measure(RunningGateway gateway, RequestKinds.Kind kind) throws IOException {
        for (long begun = System.nanoTime(); MEASURED && System.nanoTime() - begun < WARM_UP_NS; ) {
            run(gateway, kind, 10); // Lets the compiler finish.
        }
        long before = loopNs();
        run(gateway, kind, REQUESTS);
        double us = (loopNs() - before) / 1e3 / REQUESTS;
        String row = String.format(Locale.ROOT, "| %s | %,.0f |%n", kind.name(), us);
        Files.writeString(TABLE, row, StandardOpenOption.APPEND);
    }

    private static void run(RunningGateway gateway, RequestKinds.Kind kind, int times) throws IOException {
        if (kind.isMessage()) {
            try (RawClient client = new RawClient(gateway)) {
                client.send(RequestKinds.upgrade(
                        "channel=live:b",
                        "Sec-WebSocket-Protocol: hibiki.v1",
                        "Sec-WebSocket-Extensions: permessage-deflate"));
                assertThat(client.read()).startsWith("HTTP/1.1 101");
                for (int i = 0; i < times; i++) {
                    client.send(kind.bytes());
                    assertThat(client.readUntil(kind.answer())).contains(kind.answer());
                }
            }
            return;
        }
        for (int i = 0; i < times; i++) {
            try (RawClient client = new RawClient(gateway)) {
                client.send(kind.bytes());
                assertThat(client.read()).startsWith("HTTP/1.1 " + kind.answer());
            }
        }
    }

    private static long loopNs() {
        return Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
                .filter(Objects::nonNull)
                .filter(thread -> thread.getThreadName().startsWith("hibiki-loop-"))
                .mapToLong(thread -> THREADS.getThreadCpuTime(thread.getThreadId()))
                .sum();
    }

    /** 1 MiB of events in the log of each region. */
    private static void fillLogs(RunningGateway gateway) {
        ChannelSpec channel = gateway.hub().channels().entries().get(0);
        int events = MEASURED ? 10_000 : 10;
        for (int i = 0; i < events * RequestKinds.TOPICS; i++) {
            String id = "id-" + i;
            byte[] json = ("{\"title\":\"" + "x".repeat(80) + "\",\"id\":\"" + id + "\"}")
                    .getBytes(StandardCharsets.US_ASCII);
            gateway.hub().publish(channel, channel.name(), new Event(json, id, "r" + i % RequestKinds.TOPICS, 0));
        }
    }
}
