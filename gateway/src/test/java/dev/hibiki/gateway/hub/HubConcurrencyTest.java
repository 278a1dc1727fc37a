package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.testing.LongRun;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One thread publishes, two loops run on threads of their own, and subscribers join while events arrive. */
@Timeout(120)
class HubConcurrencyTest {
    private static final int EVENTS = 20_000;
    private static final int ROUTES = 5;
    private static final int SUBSCRIBERS = 60;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, LocalIoHandler.newFactory());
    private final List<EventLoop> loops = new ArrayList<>();
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final List<TestSubscriber> subscribers = new ArrayList<>();
    private final List<List<Integer>> selections = new ArrayList<>();
    private @Nullable Hub hub;

    @BeforeEach
    void open() {
        for (EventExecutor executor : group) {
            loops.add((EventLoop) executor);
        }
        hub = new Hub(
                new ChannelTable(List.of("ch")),
                TestHub::encode,
                LogLimits.retaining(1L << 30),
                new LogMemory(allocator, Long.MAX_VALUE, Long.MAX_VALUE),
                loops,
                metrics::newLoopCounters);
    }

    @AfterEach
    void close() throws InterruptedException {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        assertThat(group.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        metrics.close();
    }

    private Hub hub() {
        return Objects.requireNonNull(hub);
    }

    /** Lets one of the loops subscribe to some routes or to everything. */
    private void join(Random random) {
        List<Integer> selection = random.nextInt(4) == 0
                ? List.of()
                : IntStream.range(0, ROUTES)
                        .filter(r -> random.nextBoolean())
                        .boxed()
                        .toList();
        TestSubscriber subscriber = new TestSubscriber();
        subscribers.add(subscriber);
        selections.add(selection);
        LoopShard shard = shardOf(subscribers.size() - 1);
        shard.loop().execute(() -> {
            List<Topic> topics = selection.isEmpty()
                    ? List.of(hub().acquire("ch", null, hub().format()))
                    : selection.stream()
                            .map(r -> hub().acquire("ch", "R" + r, hub().format()))
                            .toList();
            subscriber.enter(shard, topics);
        });
    }

    private static int routeOf(int id) {
        return id * 7919 % 31 % ROUTES;
    }

    private void publishAll(Random random) {
        ChannelSpec channel = Objects.requireNonNull(hub().channels().owner("ch"));
        for (int id = 0; id < EVENTS; id++) {
            hub().publish(channel, "ch", TestHub.event(Integer.toString(id), "R" + routeOf(id)));
            if (id % 500 == 0 && subscribers.size() < SUBSCRIBERS) {
                join(random);
            }
        }
    }

    /** Runs on every loop and waits until all have run it. */
    private void onLoops(Runnable task) {
        loops.forEach(loop -> loop.submit(task).syncUninterruptibly());
    }

    static LongStream seeds() {
        return LongRun.seeds(1, 200);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void shouldDeliverEverythingInOrderToPresentAndNewSubscribers(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < SUBSCRIBERS / 2; i++) {
            join(random);
        }
        onLoops(() -> {});
        publishAll(random);
        await().atMost(60, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(lagging()).isZero());

        assertThat(subscribers).hasSize(SUBSCRIBERS);
        for (int i = 0; i < SUBSCRIBERS; i++) {
            List<Integer> selection = selections.get(i);
            List<String> expected = IntStream.range(0, EVENTS)
                    .filter(id -> selection.isEmpty() || selection.contains(routeOf(id)))
                    .mapToObj(Integer::toString)
                    .toList();
            List<String> received = subscribers.get(i).received();
            int missed = i < SUBSCRIBERS / 2 ? 0 : expected.size() - received.size();
            assertThat(received).isEqualTo(expected.subList(missed, expected.size()));
        }
        leaveAll();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    private int lagging() {
        AtomicInteger lagging = new AtomicInteger();
        onEachSubscribersLoop(subscriber -> {
            if (subscriber.subscription().lagBytes() > 0) {
                lagging.incrementAndGet();
            }
        });
        return lagging.get();
    }

    private void leaveAll() {
        onEachSubscribersLoop(TestSubscriber::leave);
        hub().close();
    }

    private void onEachSubscribersLoop(Consumer<TestSubscriber> action) {
        for (int i = 0; i < subscribers.size(); i++) {
            TestSubscriber subscriber = subscribers.get(i);
            shardOf(i).loop().submit(() -> action.accept(subscriber)).syncUninterruptibly();
        }
    }

    private LoopShard shardOf(int subscriber) {
        return hub().shards().get(subscriber % 2);
    }
}
