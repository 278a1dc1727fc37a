package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.gateway.support.ProductionProxy;
import dev.hibiki.testing.BrowserFixture;
import dev.hibiki.testing.LongRun;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two gateways on Pub/Sub restart one after the other, with the shipped properties and the shipped haproxy.cfg, while events without
 * ids of their own are published. A page and other clients miss nothing, though each gateway is back before all of its clients are.
 */
@ExtendWith(RedisExtension.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class PubSubDeployIT {
    private static final String PROPERTIES =
            GatewayProcess.ROOT.resolve("scripts/systemd/hibiki.properties").toString();
    /** A site has a copy of it; the gateway does not serve it without the demo page. */
    private static final Path LIBRARY =
            GatewayProcess.ROOT.resolve("gateway/src/main/resources/dev/hibiki/gateway/demo/page/hibiki.js");

    private static final int SOCKETS = LongRun.setting("hibiki.deploy.sockets", 25, 100);
    private static final int RATE = LongRun.setting("hibiki.deploy.rate", 50, 100);

    /** Two clients in one page of another origin, which note numbers of events, and "gap". */
    private static final String PAGE = """
            <!DOCTYPE html><html><head><meta charset="utf-8"></head><body><script type="module">
            import { Hibiki } from '/hibiki.js';
            window.library = [];
            window.source = [];
            const hibiki = new Hibiki('wss://localhost:%1$d/');
            hibiki.addEventListener('event', ({ detail }) => window.library.push(detail.seq));
            hibiki.addEventListener('gap', () => window.library.push('gap'));
            hibiki.addEventListener('hello', ({ detail }) => detail.resume === 'gap' && window.library.push('gap'));
            const source = new EventSource('https://localhost:%1$d/sse');
            source.onmessage = ({ data }) => window.source.push(JSON.parse(data).seq);
            source.addEventListener('gap', () => window.source.push('gap'));
            </script></body></html>
            """;

    @TempDir
    private Path folder;

    private HttpServer site;

    @BeforeEach
    void startSite() throws IOException {
        site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        site.start();
    }

    @AfterEach
    void stopSite() {
        site.stop(0);
    }

    @Test
    void shouldLoseNothingInARollingRestart(RedisFixture redis) throws IOException {
        GatewayProcess one = gateway(redis).startUnready();
        GatewayProcess two = gateway(redis).startUnready();
        one.awaitReady();
        two.awaitReady();
        try (ProductionProxy proxy = new ProductionProxy(folder)
                        .gateway("ONE", one.port(), one.adminPort())
                        .gateway("TWO", two.port(), two.adminPort())
                        .start();
                BrowserFixture browser = BrowserFixture.start(BrowserFixture.IGNORE_CERTIFICATE_ERRORS);
                Crowd crowd = Crowd.by(proxy::swarm).patient().start(SOCKETS, 0)) {
            crowd.awaitOpen();
            serve("/", "text/html", PAGE.formatted(URI.create(proxy.url("/")).getPort()));
            serve("/hibiki.js", "text/javascript", Files.readString(LIBRARY));
            browser.driver().get("http://127.0.0.1:" + site.getAddress().getPort() + "/");
            try (FaultPublisher publisher = FaultPublisher.withoutIds(redis.uri(), CHANNEL, false, 0, RATE)) {
                awaitEvent(publisher.published() + RATE, crowd, browser);
                one = restarted(one, redis);
                awaitEvent(publisher.published(), crowd, browser);
                two = restarted(two, redis);
                awaitEvent(publisher.published() + RATE, crowd, browser);
                awaitEvent(publisher.finish() - 1, crowd, browser);
                assertThat(crowd.all()).filteredOn(PubSubDeployIT::isWrong).isEmpty();
                assertThat(List.of(inPage("library", browser), inPage("source", browser)))
                        .filteredOn(PubSubDeployIT::isWrong)
                        .isEmpty();
            }
        } finally {
            one.close();
            two.close();
        }
    }

    private void serve(String path, String type, String text) {
        byte[] content = text.getBytes(UTF_8);
        site.createContext(path, exchange -> {
            exchange.getResponseHeaders().set("Content-Type", type + "; charset=utf-8");
            exchange.sendResponseHeaders(200, content.length);
            try (exchange) {
                exchange.getResponseBody().write(content);
            }
        });
    }

    private static GatewayProcess.Launch gateway(RedisFixture redis) {
        return GatewayProcess.jar("--config", PROPERTIES, "--redis", redis.uri());
    }

    private static GatewayProcess restarted(GatewayProcess gateway, RedisFixture redis) throws IOException {
        gateway.terminate();
        assertThat(gateway.awaitExit()).isZero();
        gateway.close();
        return gateway(redis).after(gateway).start();
    }

    private static boolean isWrong(LossCheck check) {
        return check.missing() + check.gaps() > 0 || !check.unreported(Set.of()).isEmpty();
    }

    private static void awaitEvent(long sequence, Crowd crowd, BrowserFixture browser) {
        crowd.awaitEvent(sequence);
        for (String client : List.of("library", "source")) {
            eventually()
                    .alias("event " + sequence + " in the page, for " + client)
                    .until(() -> inPage(client, browser).last() >= sequence);
        }
    }

    /** What a client in the page has noted. */
    private static LossCheck inPage(String client, BrowserFixture browser) {
        LossCheck check = new LossCheck();
        List<?> noted = (List<?>) browser.driver().executeScript("return window." + client);
        for (Object note : Objects.requireNonNull(noted)) {
            if (note instanceof Number sequence) {
                check.event(sequence.longValue());
            } else {
                check.gap();
            }
        }
        return check;
    }
}
