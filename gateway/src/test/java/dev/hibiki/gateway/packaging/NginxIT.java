package dev.hibiki.gateway.packaging;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.EventStreamReader;
import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.HandshakeResponse;
import dev.hibiki.testing.NginxFixture;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients reach the gateway through nginx. */
final class NginxIT {
    private final int port = Ports.free();

    private static int gatewayPort(RunningGateway gateway) {
        return gateway.gateway().clientPort();
    }

    private EventStreamReader stream(String target) {
        return EventStreamReader.open(
                HttpClient.newHttpClient(),
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target))
                        .build());
    }

    private static void requireEventsAndTheEnd(EventStreamReader stream, RunningGateway gateway) {
        assertThat(stream.next("HTTP")).isEqualTo("HTTP_1_1 200");
        assertThat(stream.next("retry: ")).startsWith("retry: ");
        gateway.post("/publish/" + CHANNEL, event("JP", 1));
        assertThat(stream.next("data: ")).isEqualTo("data: " + event("JP", 1));
        gateway.post("/publish/" + CHANNEL, event("JP", 2));
        assertThat(stream.next("data: ")).isEqualTo("data: " + event("JP", 2));

        gateway.gateway().close();
        assertThat(stream.next("event: ")).isEqualTo("event: bye");
        assertThat(stream.next("end")).isEqualTo("end");
    }

    /** The first of these is what {@code proxy_pass} does by itself: it speaks HTTP/1.0. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off;",
                "proxy_http_version 1.1; proxy_ignore_headers X-Accel-Buffering; proxy_buffering off;"
            })
    void shouldStreamEventsAsTheyCome(String options) {
        try (RunningGateway gateway = RunningGateway.start();
                NginxFixture nginx = NginxFixture.start(
                        "server { listen 127.0.0.1:%d; location / { proxy_pass http://127.0.0.1:%d; %s } }"
                                .formatted(port, gatewayPort(gateway), options),
                        port)) {
            requireEventsAndTheEnd(stream("/sse"), gateway);
            assertThat(nginx.output()).doesNotContain("[error]", "[crit]", "[alert]");
        }
    }

    /** As nginx does it by itself, and with a part of what it needs. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/ | ''; | removed the Upgrade header",
                "/ws | proxy_http_version 1.1; | removed the Upgrade header",
                "/ | proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; | removed \"Upgrade\" from the Connection",
                "/ | proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; | speaks HTTP/1.0"
            })
    void shouldSayThatTheProxyRemovesTheUpgrade(String path, String options, String expected) {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--trusted-proxy", "127.0.0.1");
                NginxFixture nginx = NginxFixture.start(
                        """
                        server { listen 127.0.0.1:%d; location / { proxy_pass http://127.0.0.1:%d;
                        proxy_set_header X-Forwarded-For 203.0.113.7; %s } }
                        """.formatted(port, gatewayPort(gateway), options.replace("'';", "")), port)) {
            HandshakeResponse refused =
                    WebSocketClient.to("ws://127.0.0.1:" + port + path).attempt();

            assertThat(refused.status()).isEqualTo(426);
            assertThat(gateway.metric("hibiki_refused_total{reason=\"upgrade_removed\"}"))
                    .isOne();
            assertThat(log.linesWith("a proxy on the way " + expected))
                    .singleElement()
                    .asString()
                    .startsWith("WARN")
                    .contains("address=203.0.113.7", "proxy=127.0.0.1", "proxy_set_header Upgrade $http_upgrade");
            assertThat(nginx.output()).doesNotContain("[error]", "[crit]", "[alert]");
        }
    }

    @Test
    void shouldWorkWithTheExampleInTheManual() throws IOException {
        String manual = Files.readString(GatewayProcess.ROOT.resolve("docs/operating.md"));
        String example = manual.replaceFirst("(?s).*\n```nginx\n(.*?)```\n.*", "$1");
        try (RunningGateway gateway = RunningGateway.start("--trusted-proxy", "127.0.0.1");
                NginxFixture nginx = NginxFixture.start(
                        example.replace("listen 80;", "listen 127.0.0.1:" + port + ";")
                                .replace("127.0.0.1:8765", "127.0.0.1:" + gatewayPort(gateway)),
                        port);
                WebSocketClient client = WebSocketClient.to("ws://127.0.0.1:" + port + "/ws?region=JP")
                        .from("127.0.0.7")
                        .compress()
                        .connect()) {
            assertThat(gateway.get("/sessions").body()).contains("\"address\":\"127.0.0.7");
            requireEventsAndTheEnd(stream("/sse?region=JP"), gateway);
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
            assertThat(client.awaitClose(PATIENCE)).isEqualTo(new Closure(1012, "server restarting"));
            assertThat(nginx.output()).doesNotContain("[error]", "[crit]", "[alert]");
        }
    }
}
