package dev.hibiki.gateway.demo;

import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.BrowserFixture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A page of a site imports the client library from the gateway, which is another origin and serves no demo page. */
final class CrossOriginImportIT {
    private static final String REFUSED = "hibiki_refused_total{reason=\"origin\"}";
    private static final String IMPORT = """
            const done = arguments[1];
            window.seen = [];
            import(arguments[0] + 'hibiki.js').then(({ Hibiki }) => {
              window.hibiki = new Hibiki(arguments[0].replace('http', 'ws'));
              hibiki.addEventListener('hello', ({ detail }) => seen.push('hello ' + detail.resume));
              hibiki.addEventListener('event', ({ detail }) => seen.push(detail.title));
              done('ok');
            }, (e) => done(e.name));
            """;

    private static HttpServer site() throws IOException {
        HttpServer site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        site.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        site.start();
        return site;
    }

    @Test
    void shouldLetAllowedPagesImportTheLibraryAndConnect() throws IOException {
        HttpServer site = site();
        String page = "http://localhost:" + site.getAddress().getPort();
        String other = "http://127.0.0.1:" + site.getAddress().getPort();
        try (BrowserFixture browser = BrowserFixture.start();
                LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady("--demo", "false", "--allowed-origin", page)) {
            String url = "http://127.0.0.1:" + gateway.gateway().clientPort() + "/";
            browser.driver().get(other + "/");
            assertThat(browser.driver().executeAsyncScript(IMPORT, url)).isEqualTo("TypeError");
            assertThat(log.linesWith("origin=" + other))
                    .singleElement()
                    .asString()
                    .contains("Refused", "the browser hides /hibiki.js", "--allowed-origin");
            assertThat(gateway.metric(REFUSED)).isOne();

            browser.driver().get(page + "/");
            assertThat(browser.driver().executeAsyncScript(IMPORT, url)).isEqualTo("ok");
            awaitSeen(browser, "hello new");
            gateway.post("/publish/" + CHANNEL, "{\"title\":\"新しい動画\"}");
            awaitSeen(browser, "hello new,新しい動画");

            browser.driver().get("about:blank");
            requireHeaders(gateway, page);
            assertThat(gateway.metric(REFUSED))
                    .as("without an origin, and of an allowed one")
                    .isOne();
        } finally {
            site.stop(0);
        }
    }

    private static void awaitSeen(BrowserFixture browser, String expected) {
        await().atMost(RunningGateway.PATIENCE)
                .untilAsserted(() -> assertThat(browser.driver().executeScript("return window.seen.join()"))
                        .isEqualTo(expected));
    }

    private static void requireHeaders(RunningGateway gateway, String page) {
        HttpResponse<String> answer =
                RunningGateway.send(gateway.clientRequest("/hibiki.js").header("Origin", page));
        assertThat(answer.headers().map())
                .containsEntry("access-control-allow-origin", List.of(page))
                .containsEntry("vary", List.of("Origin"))
                .containsEntry("cross-origin-resource-policy", List.of("cross-origin"))
                .containsEntry("content-type", List.of("text/javascript; charset=utf-8"))
                .containsEntry("cache-control", List.of("no-cache"));
        assertThat(RunningGateway.send(gateway.clientRequest("/hibiki.js"))
                        .headers()
                        .map())
                .doesNotContainKey("access-control-allow-origin")
                .containsEntry("vary", List.of("Origin"));
        assertThat(RunningGateway.send(gateway.clientRequest("/demo.js")).statusCode())
                .isEqualTo(404);
    }
}
