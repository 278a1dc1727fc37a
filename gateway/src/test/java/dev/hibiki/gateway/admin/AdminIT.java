package dev.hibiki.gateway.admin;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.testing.WebSocketClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The admin port serves operators, and its paths are not on the client port. */
final class AdminIT {
    private RunningGateway gateway;

    @BeforeEach
    void start() {
        gateway = RunningGateway.start();
    }

    @AfterEach
    void close() {
        gateway.close();
    }

    @Test
    void shouldBeAliveAndReadyAtOnceWithoutRedisAndNameItsSource() {
        assertThat(gateway.get("/healthz").statusCode()).isEqualTo(200);
        assertThat(gateway.get("/healthz").body()).isEqualTo("ok: alive\n");
        assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);
        assertThat(gateway.get("/readyz").body()).isEqualTo("ok: in-process broker\n");
        assertThat(gateway.metric("hibiki_source_up{source=\"in-process\"}")).isOne();
    }

    @Test
    void shouldShowEveryDocumentedMetric() {
        try (WebSocketClient client = gateway.connect("/")) {
            gateway.post("/publish/" + CHANNEL, event("JP", 1));
            gateway.post("/publish/" + CHANNEL, "[]]");
            client.awaitText(PATIENCE);
            gateway.awaitMetric("hibiki_events_in_total", 1);
            gateway.awaitMetric("hibiki_fan_out_seconds_count", 1);

            HttpResponse<String> metrics = gateway.get("/metrics");
            assertThat(metrics.headers().firstValue("Content-Type"))
                    .hasValue("text/plain; version=0.0.4; charset=utf-8");
            assertThat(metrics.body())
                    .contains("# HELP hibiki_connections Open sessions", "# TYPE hibiki_connections gauge")
                    .contains("\nhibiki_connections{region=\"US\"} 1.0")
                    .contains("\nhibiki_handshakes_total{status=\"101\"} 1.0")
                    .contains("\nhibiki_events_in_total 1.0")
                    .contains("\nhibiki_events_rejected_total{channel=\"" + CHANNEL + "\",reason=\"not_json\"} 1.0")
                    .contains("\nhibiki_publish_requests_total{status=\"202\"} 1.0")
                    .contains("\nhibiki_publish_requests_total{status=\"400\"} 1.0")
                    .contains(
                            "\nhibiki_deliveries_total 1.0",
                            "\nhibiki_delivered_bytes_total ",
                            "\nhibiki_sweeps_total ")
                    .contains("\nhibiki_encode_seconds_bucket{le=\"0.001\"}", "\nhibiki_fan_out_seconds_bucket{le=")
                    .contains("\nhibiki_event_loop_lag_seconds{loop=\"0\"}", "\nhibiki_lag_max_bytes{loop=\"0\"}")
                    .contains("\nhibiki_lag_sessions{over_bytes=", "\nhibiki_topics ", "\nhibiki_log_bytes ")
                    .contains("\njvm_memory_used_bytes{", "\njvm_gc_", "\nprocess_files_open_files ")
                    .contains("\nnetty_allocator_memory_used{");
        }
    }

    @Test
    void shouldKeepItsCountsThroughGarbageCollections() {
        try (WebSocketClient client = gateway.connect("/")) {
            gateway.post("/publish/" + CHANNEL, event("JP", 1));
            client.awaitText(PATIENCE);
            double bytes = gateway.metric("hibiki_delivered_bytes_total");
            System.gc();

            assertThat(gateway.metric("hibiki_deliveries_total")).isOne();
            assertThat(gateway.metric("hibiki_delivered_bytes_total"))
                    .isEqualTo(bytes)
                    .isPositive();
            assertThat(gateway.metric("hibiki_connections{region=\"US\"}")).isOne();
            assertThat(gateway.metric("hibiki_topics")).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/healthz",
                "/readyz",
                "/intake",
                "/metrics",
                "/sessions",
                "/drain",
                "/publish",
                "/publish/" + CHANNEL
            })
    void shouldNotServeAdminPathsOnTheClientPortAndSayWhereTheyAre(String path) {
        for (HttpResponse<String> answer : List.of(
                RunningGateway.send(gateway.clientRequest(path).GET()),
                RunningGateway.send(gateway.clientRequest(path).POST(BodyPublishers.ofString(event("JP", 1)))))) {
            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(answer.body()).contains("nothing at " + path + " (it is on the admin port");
            assertThat(answer.body().contains("--health-path")).isEqualTo(path.endsWith("z"));
        }
        assertThat(gateway.metric("hibiki_events_in_total")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws", "/hibiki.js", "/demo"})
    void shouldNotServeClientPathsOnTheAdminPort(String path) {
        assertThat(gateway.get(path).statusCode()).isEqualTo(404);
        String admin = "ws://127.0.0.1:" + gateway.gateway().adminPort() + path;
        assertThat(WebSocketClient.to(admin).attempt().status()).isEqualTo(404);
        assertThat(gateway.connections()).isZero();
    }

    @Test
    void shouldAnswerHeadAndRefuseOtherMethodsOnReadOnlyPaths() {
        HttpResponse<String> head =
                RunningGateway.send(gateway.adminRequest("/healthz").method("HEAD", BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();

        HttpResponse<String> post = gateway.post("/metrics", "x");
        assertThat(post.statusCode()).isEqualTo(405);
        assertThat(post.headers().firstValue("Allow")).hasValue("GET, HEAD");
    }

    @Test
    void shouldAnswerAPlainRequestToTheWebSocketPathWithUpgradeRequired() {
        HttpResponse<String> response =
                RunningGateway.send(gateway.clientRequest("/ws").GET());
        assertThat(response.statusCode()).isEqualTo(426);
        assertThat(response.headers().firstValue("Upgrade")).hasValue("websocket");
    }
}
