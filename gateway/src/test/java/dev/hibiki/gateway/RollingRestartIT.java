package dev.hibiki.gateway;

import static dev.hibiki.gateway.Events.CHANNEL;
import static dev.hibiki.gateway.Events.event;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A deploy: one gateway after the other restarts behind HAProxy while events go on, and no client misses one. */
@ExtendWith(RedisExtension.class)
final class RollingRestartIT {
    private static final int CLIENTS = Integer.getInteger("hibiki.test.clients", 40);
    private static final int EVENT_INTERVAL_MS = Integer.getInteger("hibiki.test.event.interval.ms", 20);

    private final AtomicLong published = new AtomicLong();
    private final List<ReturningClient> clients = new ArrayList<>();

    @TempDir
    private Path folder;

    @Test
    void shouldBringEveryClientBackAndLoseNothing(RedisFixture redis) throws Exception {
        ScheduledExecutorService publisher = Executors.newSingleThreadScheduledExecutor();
        GatewayProcess one = gateway(redis).start();
        GatewayProcess two = gateway(redis).start();
        try (ProductionProxy proxy = new ProductionProxy(folder)
                .gateway("ONE", one.port(), one.adminPort())
                .gateway("TWO", two.port(), two.adminPort())
                .with("HIBIKI_CONNECTS_PER_10S", 100_000)
                .with("HIBIKI_REQUESTS_PER_10S", 100_000)
                .with("HIBIKI_MAXCONN", 4 * CLIENTS + 100)
                .start()) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(ReturningClient.start(proxy::client));
            }
            eventually().until(() -> clients.stream().allMatch(client -> client.connections() == 1));
            publisher.scheduleAtFixedRate(() -> publish(redis), 0, EVENT_INTERVAL_MS, TimeUnit.MILLISECONDS);
            awaitAllUpTo(10);

            one = restarted(redis, one);
            awaitAllUpTo(published.get());
            two = restarted(redis, two);
            awaitAllUpTo(published.get());

            publisher.shutdown();
            assertThat(publisher.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
            awaitAllUpTo(published.get());
            List<Long> all = LongStream.rangeClosed(1, published.get()).boxed().toList();
            assertThat(clients).allSatisfy(client -> assertThat(client.seen()).isEqualTo(all));
            // Who was sent away came back once, and was not sent from one end to the other again and again.
            assertThat(clients.stream().mapToInt(ReturningClient::connections).sum())
                    .isBetween(2 * CLIENTS, 3 * CLIENTS);
        } finally {
            publisher.shutdownNow();
            for (ReturningClient client : clients) {
                client.close();
            }
            one.close();
            two.close();
        }
    }

    private static GatewayProcess.Launch gateway(RedisFixture redis) {
        return GatewayProcess.jar(
                "--redis",
                redis.uri(),
                "--source",
                "streams",
                "--drain-delay-ms",
                "4000",
                "--drain-rate",
                "" + CLIENTS);
    }

    private static GatewayProcess restarted(RedisFixture redis, GatewayProcess gateway) throws Exception {
        gateway.terminate();
        assertThat(gateway.awaitExit()).isZero();
        gateway.close();
        return gateway(redis).after(gateway).start();
    }

    private void publish(RedisFixture redis) {
        redis.cli("XADD", CHANNEL, "*", "data", event("JP", published.incrementAndGet()));
    }

    private void awaitAllUpTo(long sequence) {
        eventually()
                .until(() -> clients.stream()
                        .map(ReturningClient::seen)
                        .allMatch(seen -> !seen.isEmpty() && seen.get(seen.size() - 1) >= sequence));
    }
}
