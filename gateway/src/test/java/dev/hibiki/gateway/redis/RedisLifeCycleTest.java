package dev.hibiki.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.redis.address.RedisAddress;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import java.lang.reflect.Proxy;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A life cycle whose connections exist only in the test. */
class RedisLifeCycleTest {
    private static final RedisSettings SETTINGS = new RedisSettings(
            RedisAddress.parse("redis://127.0.0.1:1"),
            false,
            new RedisSettings.Tls(null, RedisSettings.Verify.FULL, null));

    private final CountDownLatch used = new CountDownLatch(1);
    private final AtomicInteger closed = new AtomicInteger();
    private final AtomicInteger dialled = new AtomicInteger();

    /** The first one has no memory for its listener. */
    private StatefulConnection<?, ?> connection(int number) {
        return (StatefulConnection<?, ?>) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {StatefulConnection.class}, (proxy, method, arguments) -> {
                    if (number == 0 && method.getName().equals("addListener")) {
                        throw new OutOfMemoryError("as asked by the test");
                    }
                    if (method.getName().equals("closeAsync")) {
                        closed.incrementAndGet();
                        return CompletableFuture.completedFuture(null);
                    }
                    return null;
                });
    }

    private class Handler implements ConnectionHandler<StatefulConnection<?, ?>> {
        @Override
        public CompletionStage<StatefulConnection<?, ?>> dial(RedisClient client, RedisURI node) {
            return CompletableFuture.completedFuture(connection(dialled.getAndIncrement()));
        }

        @Override
        public void connected(Link link, StatefulConnection<?, ?> connection) {
            used.countDown();
        }

        @Override
        public void watch(Link link, StatefulConnection<?, ?> connection) {}

        @Override
        public void ended() {}
    }

    @Test
    void shouldConnectAgainWhenThereWasNoMemoryToUseAConnection() throws Exception {
        try (RedisClients clients = new RedisClients(SETTINGS, System::nanoTime);
                RedisLifeCycle<StatefulConnection<?, ?>> lifeCycle =
                        new RedisLifeCycle<>(clients, clients.newOneShotClient(), List.of("ch"), "no", new Handler())) {
            lifeCycle.start();

            assertThat(used.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(dialled).hasValue(2);
            assertThat(closed).as("closed connections").hasValue(1);
        }
    }

    @Test
    void shouldStillNameTheRefusalWhenALaterConnectionWasOnlyClosed() {
        List<Throwable> failures = List.of(
                new RedisCommandExecutionException("WRONGPASS no"),
                new ClosedChannelException(),
                new RedisException("Connection closed prematurely"));
        Handler refused = new Handler() {
            @Override
            public CompletionStage<StatefulConnection<?, ?>> dial(RedisClient client, RedisURI node) {
                int attempt = dialled.getAndIncrement();
                return attempt < failures.size()
                        ? CompletableFuture.failedFuture(failures.get(attempt))
                        : new CompletableFuture<>();
            }
        };
        try (RedisClients clients = new RedisClients(SETTINGS, System::nanoTime);
                RedisLifeCycle<StatefulConnection<?, ?>> lifeCycle =
                        new RedisLifeCycle<>(clients, clients.newOneShotClient(), List.of("ch"), "no", refused)) {
            lifeCycle.start();

            RunningGateway.eventually().until(() -> dialled.get() > failures.size());
            assertThat(lifeCycle.health().detail()).endsWith("(WRONGPASS no)");
        }
    }
}
