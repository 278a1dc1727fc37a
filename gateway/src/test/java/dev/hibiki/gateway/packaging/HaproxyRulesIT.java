package dev.hibiki.gateway.packaging;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Http;
import dev.hibiki.gateway.support.ProductionProxy;
import dev.hibiki.testing.Component;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped {@code scripts/haproxy/haproxy.cfg} sets headers and refuses clients, in front of a stand-in for the gateways. */
final class HaproxyRulesIT {
    private volatile Headers seen = new Headers();
    private volatile int readiness = 200;
    private HttpServer gateway;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() throws IOException {
        gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        gateway.createContext("/", exchange -> {
            boolean check = exchange.getRequestURI().getPath().equals("/readyz");
            if (!check) {
                seen = exchange.getRequestHeaders();
            }
            exchange.sendResponseHeaders(check ? readiness : 200, -1);
            exchange.close();
        });
        gateway.start();
    }

    @AfterEach
    void stop() {
        gateway.stop(0);
    }

    private ProductionProxy proxy() {
        int port = gateway.getAddress().getPort();
        return new ProductionProxy(folder).gateway("ONE", port, port);
    }

    @Test
    void shouldPassTheCheckOfHaproxyWithoutAWarning() throws Exception {
        assertChecked(proxy());
        assertChecked(proxy().uncomment("default-server agent-check", "default-server send-proxy-v2"));
    }

    private static void assertChecked(ProductionProxy proxy) throws Exception {
        String program = Component.HAPROXY.require().toString();
        ProcessBuilder builder =
                new ProcessBuilder(program, "-c", "-f", proxy.configuration().toString()).redirectErrorStream(true);
        builder.environment().putAll(proxy.environment());
        Process check = builder.start();
        String output = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(check.waitFor()).as(output).isZero();
        assertThat(output).doesNotContain("WARNING").doesNotContain("ALERT");
    }

    @Test
    void shouldSetTheClientsAddressAndRegionAndDropTheClientsOwnHeaders() throws Exception {
        try (ProductionProxy proxy = proxy().start()) {
            HttpRequest request = proxy.request("/")
                    .header("X-Region", "KR")
                    .header("X-Forwarded-For", "192.0.2.1")
                    .build();
            assertThat(status(proxy.http2(), request)).isEqualTo(200);
            assertThat(seen.get("X-Region")).isEqualTo(List.of("JP"));
            assertThat(seen.get("X-Forwarded-For")).isEqualTo(List.of("127.0.0.1"));
        }
    }

    @Test
    void shouldDeleteARegionHeaderOfTheClient() throws Exception {
        try (ProductionProxy proxy =
                proxy().with("HIBIKI_REGIONS", ProductionProxy.REGIONS).start()) {
            HttpRequest request = proxy.request("/").header("X-Region", "KR").build();
            assertThat(status(proxy.http2(), request)).isEqualTo(200);
            assertThat(seen).doesNotContainKey("X-Region").containsKey("X-Forwarded-For");
        }
    }

    @Test
    void shouldRedirectPlainHttpToTls() throws Exception {
        try (ProductionProxy proxy = proxy().start()) {
            HttpResponse<String> answer = Http.get("http://127.0.0.1:" + proxy.plainPort() + "/sse?region=JP");
            assertThat(answer.statusCode()).isEqualTo(301);
            assertThat(answer.headers().firstValue("location"))
                    .hasValue("https://127.0.0.1:" + proxy.plainPort() + "/sse?region=JP");
        }
    }

    /** An EventSource gives up for good when it gets a 503. */
    @Test
    void shouldBreakEventStreamsAndRefuseOthersWhenNoGatewayIsReady() throws Exception {
        try (ProductionProxy proxy = proxy().start()) {
            HttpClient client = proxy.http2();
            assertThat(status(client, proxy.request("/sse").build())).isEqualTo(200);
            readiness = 503;
            eventually().until(() -> proxy.output().contains("backend hibiki has no server available"));
            assertThatThrownBy(() -> status(client, proxy.request("/sse").build()))
                    .isInstanceOf(IOException.class);
            assertThat(proxy.client("/ws").attempt().status()).isEqualTo(503);

            readiness = 200;
            eventually().until(() -> proxy.output().contains("hibiki/one is UP"));
            assertThat(status(client, proxy.request("/sse").build())).isEqualTo(200);
        }
    }

    @Test
    void shouldRefuseConnectionsFromAnAddressThatOpensThemTooFast() throws Exception {
        try (ProductionProxy proxy = proxy().with("HIBIKI_CONNECTS_PER_10S", 2).start()) {
            for (int i = 0; i < 2; i++) {
                assertThat(status(proxy.http2(), proxy.request("/").build())).isEqualTo(200);
            }
            assertThatThrownBy(() -> status(proxy.http2(), proxy.request("/").build()))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void shouldRefuseConnectionsFromAnAddressWithTooManyOpen() throws Exception {
        try (RunningGateway behind = RunningGateway.startReady();
                ProductionProxy proxy = new ProductionProxy(folder)
                        .gateway(
                                "ONE",
                                behind.gateway().clientPort(),
                                behind.gateway().adminPort())
                        .with("HIBIKI_PER_ADDRESS", 2)
                        .start();
                WebSocketClient first = proxy.client("/").connect()) {
            WebSocketClient second = proxy.client("/").connect();
            assertThatThrownBy(() -> proxy.client("/").connect()).isInstanceOf(UncheckedIOException.class);
            second.closeNormally();
            eventually().ignoreException(UncheckedIOException.class).until(() -> {
                proxy.client("/").connect().close();
                return true;
            });
            assertThat(first.unread()).isZero();
        }
    }

    @Test
    void shouldRefuseRequestsFromAnAddressThatSendsTooManyOverOneConnection() throws Exception {
        try (ProductionProxy proxy = proxy().with("HIBIKI_REQUESTS_PER_10S", 2).start()) {
            HttpClient client = proxy.http2();
            HttpRequest request = proxy.request("/").build();
            for (int i = 0; i < 2; i++) {
                assertThat(status(client, request)).isEqualTo(200);
            }
            HttpResponse<String> refusal = client.send(request, BodyHandlers.ofString());
            assertThat(refusal.statusCode()).isEqualTo(429);
            assertThat(refusal.headers().map()).containsEntry("retry-after", List.of("10"));
            assertThatThrownBy(() -> status(client, proxy.request("/sse").build()))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void shouldUseOnlyVariablesThatItSets() throws IOException {
        String text = Files.readString(ProductionProxy.CONFIGURATION);
        assertThat(Pattern.compile("\\$\\{(\\w+)}").matcher(text).results().map(use -> use.group(1)))
                .hasSizeGreaterThan(10)
                .allSatisfy(name -> assertThat(text).contains("\n    setenv " + name + " "));
    }

    private static int status(HttpClient client, HttpRequest request) throws Exception {
        return client.send(request, BodyHandlers.ofString()).statusCode();
    }
}
