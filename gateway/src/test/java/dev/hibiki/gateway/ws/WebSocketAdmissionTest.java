package dev.hibiki.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.hibiki.gateway.hub.log.LogLimits;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** WebSocket handshakes over the budget are refused. */
class WebSocketAdmissionTest {
    private static TestConnection connection(String... flags) {
        return new TestConnection(LogLimits.retaining(1 << 20), flags);
    }

    private static String handshakes(TestConnection test, String status) {
        return test.metrics
                .scrape()
                .lines()
                .filter(line -> line.startsWith("hibiki_handshakes_total{status=\"" + status + "\"}"))
                .findFirst()
                .orElse("none");
    }

    @Test
    void shouldRefuseBeforeTheUpgradeWithARetryTimeAndAdmitWhenThereIsRoom() {
        try (TestConnection test = connection("--handshake-rate", "10")) {
            test.receive("GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(test.sentText()).startsWith("HTTP/1.1 404 ");
            takeTokens(test, 10);
            test.receive(TestConnection.upgradeRequest("/"));
            assertThat(test.sentText())
                    .startsWith("HTTP/1.1 503 ")
                    .containsPattern("retry-after: ([1-9]|10)\r\n")
                    .contains("too many new sessions at once (expected: at most 10 a second)");
            assertThat(handshakes(test, "503")).endsWith(" 1.0");
            assertThat(test.metrics.scrape()).contains("hibiki_refused_total{reason=\"handshake_rate\"} 1.0");

            test.nanoTime += TimeUnit.MILLISECONDS.toNanos(100);
            test.upgrade();
        }
    }

    /** Takes so many tokens of the budget for other connections. */
    private static void takeTokens(TestConnection test, int tokens) {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
        for (int i = 0; i < tokens; i++) {
            assertThatCode(() -> test.admission.admit(test.channel, test.admission.authenticate(test.channel, request)))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void shouldRefuseAfterTheUpgradeWithARetryTimeIfConfigured() {
        try (TestConnection test = connection("--handshake-rate", "1", "--over-budget", "accept")) {
            takeTokens(test, 1);
            test.receive(TestConnection.upgradeRequest("/", "Sec-WebSocket-Protocol: hibiki.v1"));

            String sent = test.sentText();
            assertThat(sent)
                    .startsWith("HTTP/1.1 101 ")
                    .contains("Sec-WebSocket-Protocol: hibiki.v1\r\n")
                    .contains("\r\n\r\n")
                    .contains("{\"$\":{\"bye\":{\"code\":1013,\"retry_ms\":[1000,10000]}}}")
                    .endsWith("overloaded: too many new clients at once");
            assertThat(test.channel.pipeline().names()).containsExactly("last", "DefaultChannelPipeline$TailContext#0");
            assertThat(test.regions.connections()).isZero();
            assertThat(handshakes(test, "1013")).endsWith(" 1.0");
            assertThat(handshakes(test, "101")).isEqualTo("none");

            test.receiveHex("888200000000" + "03f5");
            assertThat(test.channel.isOpen()).isFalse();
        }
    }

    @Test
    void shouldSendOnlyTheCloseToAPlainClientAndLimitTheWaitForItsAnswer() {
        try (TestConnection test = connection("--handshake-rate", "1", "--over-budget", "accept")) {
            takeTokens(test, 1);
            test.receive(TestConnection.upgradeRequest("/"));

            assertThat(test.sentHex())
                    .endsWith(TestConnection.hex("\r\n\r\n")
                            + TestConnection.closeHex(1013, "overloaded: too many new clients at once"));
            test.pass(2_999);
            assertThat(test.channel.isOpen()).isTrue();
            test.pass(1);
            assertThat(test.channel.isOpen()).isFalse();
        }
    }

    @Test
    void shouldLimitOneAddressWithoutSpendingTheTotalBudget() {
        try (TestConnection test =
                connection("--handshakes-per-address", "1", "--handshake-rate", "11", "--over-budget", "accept")) {
            takeTokens(test, 10);
            for (int i = 0; i < 5; i++) {
                test.receive(TestConnection.upgradeRequest("/"));
                assertThat(test.sentText()).startsWith("HTTP/1.1 429 ").contains("from this address");
            }
            test.nanoTime += TimeUnit.SECONDS.toNanos(1);
            test.upgrade();
            assertThat(test.metrics.scrape())
                    .contains("hibiki_refused_total{reason=\"address_handshakes\"} 5.0")
                    .doesNotContain("handshake_rate");
        }
    }

    @Test
    void shouldNotSpendTheBudgetOnInvalidRequests() {
        try (TestConnection test = connection("--handshake-rate", "1")) {
            test.receive(TestConnection.upgradeRequest("/?channel=nowhere"));
            assertThat(test.sentText()).startsWith("HTTP/1.1 404 ");
            test.upgrade();
        }
    }
}
