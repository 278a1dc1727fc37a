package dev.hibiki.gateway.admin;

import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.runtime.Version;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.PrintedCommand;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.Component;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the gateway tells an operator and a load balancer about itself. */
final class IndexIT {
    @Test
    void shouldListEachPathOfTheAdminPortAndTheNextSteps() throws IOException {
        try (RunningGateway gateway = RunningGateway.start("--admin-key", "operators-key")) {
            String index = gateway.get("/").body();
            int port = gateway.gateway().adminPort();

            assertThat(index)
                    .startsWith("Hibiki " + Version.current() + " on Java " + Version.java()
                            + "\nready: in-process broker\n")
                    .contains("http://127.0.0.1:" + port + "/publish/" + CHANNEL + "\n")
                    .containsPattern("GET /sessions .* an admin key\n")
                    .containsPattern("POST /publish/CHANNEL .* no key\n")
                    .contains("/hibiki.js", "/sse", "--help");
            String paths = gateway.get("/nothing").body().replaceFirst(".*there is: (.*)\\)\"}\n", "$1");
            assertThat(paths).startsWith("/ ");
            for (String path : paths.substring(2).split(" ", -1)) {
                assertThat(index).contains(" " + path.replace("…", "CHANNEL") + " ");
            }
            assertThat(gateway.metric("hibiki_build_info{java=\"" + Version.java() + "\",transport=\""
                            + gateway.transport().optionName() + "\",version=\"" + Version.current() + "\"}"))
                    .isOne();
            try (RawClient page = new RawClient(port)) {
                page.send("GET / HTTP/1.1\nHost: evil.example\nConnection: close\n\n");
                assertThat(page.readToEndOrReset()).startsWith("HTTP/1.1 403 ");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"topvideohub:動画", "it's $HOME; a&b? 100%#+", "news:*", "a\tb%d'\\n動"})
    void shouldPrintACommandThatPublishesWhenItIsPasted(String channel) throws Exception {
        Component.CURL.require();
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--channel", channel);
                WebSocketClient client = gateway.connect("/")) {
            PrintedCommand.runFrom(log, Map.of());

            assertThat(client.awaitText(Duration.ofSeconds(10))).contains("新しい動画");
        }
    }

    @Test
    void shouldTellALoadBalancerOnTheClientPortWhetherItIsReadyAndNothingElse() throws IOException {
        String nowhere = "redis://127.0.0.1:" + Ports.free();
        try (RunningGateway ready = RunningGateway.startReady("--health-path", "/lb/health");
                RunningGateway waiting = RunningGateway.start("--health-path", "/health", "--redis", nowhere)) {
            assertThat(health(ready, "GET", "/lb/health"))
                    .startsWith("HTTP/1.1 200 ")
                    .endsWith("\r\n\r\nok\n");
            assertThat(health(ready, "HEAD", "/lb/health"))
                    .startsWith("HTTP/1.1 200 ")
                    .endsWith("\r\n\r\n");
            assertThat(health(waiting, "GET", "/health"))
                    .startsWith("HTTP/1.1 503 ")
                    .endsWith("\r\n\r\nnot ready\n");
            assertThat(health(waiting, "POST", "/health")).startsWith("HTTP/1.1 405 ");
            assertThat(health(waiting, "GET", "/healthz")).startsWith("HTTP/1.1 404 ");
            assertThat(ready.metricSum("hibiki_handshakes_total")).isZero();
            assertThat(ready.connections()).isZero();
        }
    }

    private static String health(RunningGateway gateway, String method, String path) throws IOException {
        try (RawClient proxy = new RawClient(gateway)) {
            proxy.send(method + " " + path + " HTTP/1.1\nHost: any.thing:1\nConnection: close\n\n");
            return proxy.readToEndOrReset();
        }
    }

    @Test
    void shouldLogWhyAPublisherWasRefusedAndWhoItIs() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway =
                        RunningGateway.start("--publish-key", "first-key", "--publish-key", "second-key")) {
            String[] second = {"Authorization", "Bearer second-key"};
            assertThat(gateway.post("/publish/" + CHANNEL, "{'event':1}", second)
                            .statusCode())
                    .isEqualTo(400);
            assertThat(gateway.post("/publish/topvideohub:trendin", "{}", second)
                            .body())
                    .contains("did you mean " + CHANNEL + "?");
            assertThat(gateway.post("/publish/" + CHANNEL, "{}", "Authorization", "Bearer wrong")
                            .statusCode())
                    .isEqualTo(401);
            assertThat(gateway.post("/publish/" + CHANNEL, "x".repeat(2 << 20), second)
                            .statusCode())
                    .isEqualTo(413);

            List<String> refused = log.linesWith("Refused to publish");
            assertThat(refused).hasSize(2);
            assertThat(refused.get(0))
                    .startsWith("WARN")
                    .contains(
                            "address=127.0.0.1:",
                            "key=--publish-key no. 2",
                            "channel=" + CHANNEL,
                            "status=400",
                            "a single quote at byte 1");
            assertThat(refused.get(1)).contains("status=404", "unknown channel");
            assertThat(log.linesWith("Refused on the admin port"))
                    .singleElement()
                    .asString()
                    .contains("reason=key", "POST /publish/" + CHANNEL);
            assertThat(log.linesWith("Refused a request"))
                    .singleElement()
                    .asString()
                    .contains("status=413", "at most 1048576 bytes", "option=--max-publish-bytes");
            assertThat(String.join("\n", log.lines())).doesNotContain("first-key", "second-key", "Bearer wrong");
        }
    }
}
