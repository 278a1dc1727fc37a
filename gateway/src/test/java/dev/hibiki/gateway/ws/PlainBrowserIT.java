package dev.hibiki.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.BrowserFixture;
import dev.hibiki.testing.HaproxyFixture;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.SelfSignedCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;

/** A site without any Hibiki code works: its page uses the browser's WebSocket, its publisher writes to Redis. */
@ExtendWith(RedisExtension.class)
final class PlainBrowserIT {
    private static final Duration SOON = Duration.ofSeconds(20);

    /** The site's client, unchanged except for the list of events. */
    private static final String PAGE = """
            <!DOCTYPE html><html><head><meta charset="utf-8"></head><body><ul id="list"></ul><script>
            const socket = new WebSocket((location.protocol === 'https:' ? 'wss://' : 'ws://') + '%s/');
            window.received = [];
            socket.onopen = () => (document.body.dataset.state = 'open');
            socket.onclose = (close) => (document.body.dataset.state = 'closed ' + close.code);
            socket.onmessage = (event) => {
              window.received.push(event.data);
              const data = JSON.parse(event.data);
              if (data.event === 'new_trending') {
                const item = document.createElement('li');
                item.textContent = data.region + ': ' + data.title;
                document.getElementById('list').append(item);
              }
            };
            </script></body></html>
            """;

    /** The output of PHP's json_encode with JSON_UNESCAPED_UNICODE, which escapes slashes. */
    private static final String EVENT = "{\"event\":\"new_trending\",\"region\":\"JP\",\"video_id\":\"dQw4w9WgXcQ\","
            + "\"title\":\"新しい動画\",\"thumbnail\":\"https:\\/\\/i.example\\/1.jpg\",\"channel\":\"響チャンネル\",\"ts\":1764000000}";

    /** The same event without JSON_UNESCAPED_UNICODE. */
    private static final String ESCAPED = EVENT.replace("新しい動画", "\\u65b0\\u3057\\u3044\\u52d5\\u753b")
            .replace("響チャンネル", "\\u97ff\\u30c1\\u30e3\\u30f3\\u30cd\\u30eb");

    private HttpServer site;
    private RunningGateway gateway;

    @BeforeEach
    void start(RedisFixture redis) throws Exception {
        site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        site.start();
        gateway = RunningGateway.startReady("--redis", redis.uri());
    }

    @AfterEach
    void stop() {
        gateway.close();
        site.stop(0);
    }

    @Test
    void shouldDeliverToThePageOfTheSite(RedisFixture redis) {
        servePage("127.0.0.1:" + gateway.gateway().clientPort());
        try (BrowserFixture browser = BrowserFixture.start()) {
            browser.driver().get("http://127.0.0.1:" + site.getAddress().getPort() + "/");
            awaitState(browser, "open");
            redis.publish(Events.CHANNEL, EVENT);
            redis.publish(Events.CHANNEL, "{\"event\":\"new_trending\",");
            redis.publish(Events.CHANNEL, "{\"event\":\"other\",\"region\":\"JP\"}");
            redis.publish(Events.CHANNEL, ESCAPED);
            await().atMost(SOON).until(() -> items(browser).size() == 2);
            assertThat(items(browser)).containsExactly("JP: 新しい動画", "JP: 新しい動画");
            assertThat(received(browser))
                    .hasSize(3)
                    .allSatisfy(data -> assertThat(data).matches("(?s)\\{.*,\"id\":\"[^\"]+\"}"))
                    .satisfies(all -> assertThat(withoutId(all.get(0))).isEqualTo(EVENT.replace("\\/", "/")))
                    .satisfies(all -> assertThat(withoutId(all.get(2))).isEqualTo(EVENT.replace("\\/", "/")));
            gateway.close();
            awaitState(browser, "closed 1012");
            assertThat(browser.consoleErrors()).noneMatch(message -> !message.contains("favicon.ico"));
        }
    }

    @Test
    void shouldDeliverToThePageThroughAProxyThatEndsTls(RedisFixture redis, @TempDir Path folder) {
        int port = Ports.free();
        Path pem = folder.resolve("site.pem");
        SelfSignedCertificate.create().writePem(pem);
        String configuration = """
                defaults
                  mode http
                  timeout connect 5s
                  timeout client 60s
                  timeout server 60s
                  timeout tunnel 60s
                frontend web
                  bind 127.0.0.1:%d ssl crt %s alpn h2,http/1.1
                  http-request set-header X-Region JP
                  use_backend push if { req.hdr(Upgrade) -i websocket }
                  default_backend site
                backend push
                  server hibiki 127.0.0.1:%d
                backend site
                  server site 127.0.0.1:%d
                """.formatted(
                port, pem, gateway.gateway().clientPort(), site.getAddress().getPort());
        servePage("localhost:" + port);
        try (HaproxyFixture proxy = HaproxyFixture.start(configuration, port);
                BrowserFixture browser = BrowserFixture.start(BrowserFixture.IGNORE_CERTIFICATE_ERRORS)) {
            browser.driver().get("https://localhost:" + port + "/");
            awaitState(browser, "open");
            assertThat(gateway.get("/metrics").body())
                    .containsPattern("(?m)^hibiki_connections\\{.*region=\"JP\".*} 1\\.0$");
            redis.publish(Events.CHANNEL, EVENT);
            await().atMost(SOON).until(() -> items(browser).size() == 1);
            assertThat(items(browser)).containsExactly("JP: 新しい動画");
            gateway.close();
            awaitState(browser, "closed 1012");
            assertThat(proxy.output()).doesNotContain("ALERT");
        }
    }

    private void servePage(String gatewayAddress) {
        byte[] page = PAGE.formatted(gatewayAddress).getBytes(StandardCharsets.UTF_8);
        site.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(200, page.length);
            try (exchange) {
                exchange.getResponseBody().write(page);
            } catch (IOException e) {
                // The browser has closed the connection.
            }
        });
    }

    private static void awaitState(BrowserFixture browser, String state) {
        await().atMost(SOON)
                .until(() -> state.equals(
                        browser.driver().findElement(By.tagName("body")).getDomAttribute("data-state")));
    }

    private static List<String> items(BrowserFixture browser) {
        return browser.driver().findElements(By.cssSelector("#list li")).stream()
                .map(WebElement::getText)
                .toList();
    }

    private static List<String> received(BrowserFixture browser) {
        List<?> received = (List<?>) browser.driver().executeScript("return window.received");
        return received == null
                ? List.of()
                : received.stream().map(String::valueOf).toList();
    }

    private static String withoutId(String event) {
        return event.replaceFirst(",\"id\":\"[^\"]+\"}$", "}");
    }
}
