package dev.hibiki.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.ingress.ProbeMonitor;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.support.LogCapture;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisProbeTest {
    private static final RedisProbe.ProbePublisher NEVER_PUBLISHED = new RedisProbe.ProbePublisher() {
        @Override
        public CompletionStage<?> publish(
                RedisClusterAsyncCommands<String, byte[]> commands, String name, byte[] payload) {
            return new CompletableFuture<>();
        }

        @Override
        public String grants() {
            return "rights";
        }
    };

    @ParameterizedTest
    @ValueSource(strings = {"topvideohub:trending", "a{b}c", "{b}", "a{b", "{", "a{b}{c}", "新しい動画", "news.*", "a{{b}}"})
    void shouldPutTheProbeBesideTheChannelInACluster(String channel) {
        String name = RedisProbe.nameBeside(channel);

        assertThat(SlotHash.getSlot(name)).isEqualTo(SlotHash.getSlot(channel));
        assertThat(name).startsWith("hibiki:canary:");
        assertThat(SlotHash.getSlot(DrainMarks.keyBeside(channel))).isEqualTo(SlotHash.getSlot(channel));
        assertThat(RedisProbe.nameBeside(channel)).isNotEqualTo(name);
    }

    /** The right may have been missing for a moment only. */
    @Test
    void shouldAskAgainAfterARefusal() {
        AtomicLong clockNs = new AtomicLong();
        List<CompletableFuture<Void>> asked = new ArrayList<>();
        try (LogCapture log = LogCapture.start();
                GatewayMetrics metrics = new GatewayMetrics();
                FeedFixture fixture = new FeedFixture("redis://127.0.0.1:1", List.of("a"), clockNs::get)) {
            RedisProbe probe = newProbe(fixture, metrics);
            ConnectionHandler.Link link = new LinkOf(Thread.currentThread(), new LinkedBlockingQueue<>());
            probe.begin(link, () -> {
                asked.add(new CompletableFuture<>());
                return asked.get(asked.size() - 1);
            });
            asked.get(0).completeExceptionally(new RedisCommandExecutionException("NOPERM no"));
            assertThat(log.linesWith("Dead connections to Redis are not looked for"))
                    .hasSize(1);
            clockNs.addAndGet(TimeUnit.SECONDS.toNanos(59));
            probe.tick(link, 0);
            assertThat(asked).hasSize(1);
            clockNs.addAndGet(TimeUnit.SECONDS.toNanos(1));
            probe.tick(link, 0);
            probe.tick(link, 0);
            assertThat(asked).hasSize(2);
            asked.get(1).complete(null);
            assertThat(probe.isListening()).isTrue();
            assertThat(log.linesWith("are looked for again")).isEmpty();
            probe.returned("1".getBytes(StandardCharsets.US_ASCII), clockNs.get());
            assertThat(log.linesWith("INFO Dead connections to Redis are looked for again"))
                    .hasSize(1);
        }
    }

    private static RedisProbe newProbe(FeedFixture fixture, GatewayMetrics metrics) {
        ProbeMonitor monitor = new ProbeMonitor(2_000, metrics, returned -> {});
        SourceContext context = fixture.context(0);
        SourceContext probing = new SourceContext(
                context.channels(), context.ingest(), monitor, context.logBytes(), context.nanoClock());
        return new RedisProbe(fixture.clients(), probing, "a", NEVER_PUBLISHED);
    }

    /** Nothing accepts connections at the address of this Redis. */
    @Test
    void shouldLogAndTellForHowLongTheCanaryCannotBePublished() throws Exception {
        AtomicLong clockNs = new AtomicLong();
        BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
        try (LogCapture log = LogCapture.start();
                GatewayMetrics metrics = new GatewayMetrics();
                FeedFixture fixture = new FeedFixture("redis://127.0.0.1:1", List.of("a"), clockNs::get)) {
            RedisProbe probe = newProbe(fixture, metrics);
            ConnectionHandler.Link link = new LinkOf(null, tasks);
            probe.begin(link, () -> CompletableFuture.completedFuture(null));
            tasks.take().run();
            for (int second = 0; second <= 62; second += 2) {
                tasks.take().run();
                clockNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(1_500));
                assertThat(probe.amend(new SourceHealth(true, "subscribed")).detail())
                        .startsWith("subscribed; the canary cannot be published for " + (second + 1)
                                + " s: nothing accepts connections there");
                clockNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(500));
                probe.tick(link, 0);
            }
            assertThat(log.linesWith("WARN"))
                    .hasSize(2)
                    .first()
                    .asString()
                    .startsWith("WARN The canary cannot be published to Redis at 127.0.0.1:1: nothing accepts");
            assertThat(log.linesWith("to Redis at 127.0.0.1:1 for 60 s: nothing accepts"))
                    .hasSize(1);
        }
    }

    /** Runs what this thread gives it, and keeps the rest for it. */
    private record LinkOf(@Nullable Thread thread, BlockingQueue<Runnable> tasks) implements ConnectionHandler.Link {
        @Override
        public void run(Runnable task) {
            if (Thread.currentThread() == thread) {
                task.run();
            } else {
                tasks.add(task);
            }
        }

        @Override
        public void runLater(Runnable task, long delayMs) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void fail(Throwable failure) {
            throw new AssertionError(failure);
        }

        @Override
        public void renew() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String ready(String doing) {
            throw new UnsupportedOperationException();
        }
    }
}
