package dev.hibiki.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.demo.PageEndpoint;
import dev.hibiki.gateway.http.Router;
import dev.hibiki.gateway.http.TestClient;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The endpoints of health, metrics and the demo page answer as documented. */
class SmallEndpointsTest {
    @Test
    void shouldSayWhetherItIsReadyAndWhy() {
        AtomicReference<SourceHealth> state = new AtomicReference<>(new SourceHealth(false, "no Redis at h:1"));
        try (TestClient client = new TestClient(new Router().get("/readyz", SmallEndpoints.health(state::get)))) {
            TestClient.Answer answer = client.get("/readyz");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("not ready: no Redis at h:1\n");

            state.set(new SourceHealth(true, "subscribed"));
            answer = client.get("/readyz");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("ok: subscribed\n");
        }
    }

    @Test
    void shouldServeMetricsInTheFormatOfPrometheus() {
        GatewayMetrics metrics = new GatewayMetrics();
        metrics.accepted(2);
        try (TestClient client = new TestClient(new Router().get("/metrics", SmallEndpoints.metrics(metrics)))) {
            TestClient.Answer answer = client.get("/metrics");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("content-type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
            assertThat(answer.body())
                    .contains("# TYPE hibiki_events_in_total counter")
                    .contains("hibiki_events_in_total 1.0")
                    .contains("hibiki_events_replaced_surrogates_total 2.0");
        }
        metrics.close();
    }

    @Test
    void shouldServeThePageWithAPolicyAgainstForeignScripts() {
        PageEndpoint page = PageEndpoint.of("index.html", "text/html; charset=utf-8");
        try (TestClient client = new TestClient(new Router().get("/", page))) {
            TestClient.Answer answer = client.get("/");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).startsWith("<!").contains("</html>");
            assertThat(answer.header("content-security-policy"))
                    .contains("default-src 'none';", "script-src 'self';", "form-action 'none';")
                    .doesNotContain("unsafe", "ws:", "http:");
            assertThat(answer.header("x-content-type-options")).isEqualTo("nosniff");
            assertThat(answer.header("referrer-policy")).isEqualTo("no-referrer");
            assertThat(answer.header("x-frame-options")).isEqualTo("DENY");
            assertThat(answer.header("cache-control")).isEqualTo("no-cache");
        }
    }

    @Test
    void shouldForbidToGuessTheTypeOfOtherAnswersOrToCacheThem() {
        try (TestClient client = new TestClient(new Router())) {
            TestClient.Answer answer = client.get("/<script>");
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.header("content-type")).startsWith("application/json");
            assertThat(answer.header("x-content-type-options")).isEqualTo("nosniff");
            assertThat(answer.header("content-security-policy")).contains("default-src 'none'");
            assertThat(answer.header("referrer-policy")).isEqualTo("no-referrer");
            assertThat(answer.header("cache-control")).isEqualTo("no-store");
        }
    }

    @Test
    void shouldNotStartWithoutAResourceOfThePage() {
        assertThatThrownBy(() -> PageEndpoint.of("no.html", "text/html"))
                .hasMessage("missing from the jar: page/no.html");
    }
}
