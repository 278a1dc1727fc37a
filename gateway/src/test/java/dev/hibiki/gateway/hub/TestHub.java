package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.metrics.LoopCounters;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A hub whose loops run only when the test says so. A frame is the event's JSON, or without one its id, and a semicolon. Confined to the thread of the test. */
final class TestHub implements AutoCloseable {
    /** It keeps no leak records, which would take most of the time; {@link #memory} shows leaks too. */
    final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);

    final Hub hub;
    private final List<TestSubscriber> subscribers = new ArrayList<>();
    private final List<EmbeddedChannel> loops = new ArrayList<>();
    private final GatewayMetrics metrics = new GatewayMetrics();

    TestHub(int loopCount, LogLimits limits, String... channels) {
        this(Long.MAX_VALUE, loopCount, limits, channels);
    }

    /** @param maxBytes the budget of all logs; their indices alone may take as much */
    TestHub(long maxBytes, int loopCount, LogLimits limits, String... channels) {
        for (int i = 0; i < loopCount; i++) {
            loops.add(new EmbeddedChannel());
        }
        List<EventLoop> eventLoops =
                loops.stream().map(EmbeddedChannel::eventLoop).toList();
        hub = new Hub(
                new ChannelTable(List.of(channels)),
                FORMAT,
                limits,
                new LogMemory(allocator, maxBytes, maxBytes),
                eventLoops,
                metrics::newLoopCounters);
    }

    /** Has one loop and one channel {@code ch}, and drops no events. */
    TestHub() {
        this(1, LogLimits.retaining(1L << 30), "ch");
    }

    static final WireFormat FORMAT = new WireFormat() {
        @Override
        public void encode(Event event, ByteBuf out) {
            TestHub.encode(event, out);
        }

        @Override
        public void encodeGap(String channel, long missed, ByteBuf out) {
            out.writeCharSequence("gap " + channel + ' ' + missed + ';', StandardCharsets.US_ASCII);
        }
    };

    static void encode(Event event, ByteBuf out) {
        String name = event.json().length == 0 ? event.id() : new String(event.json(), StandardCharsets.US_ASCII);
        out.writeCharSequence(name + ';', StandardCharsets.US_ASCII);
    }

    static Event event(String id, @Nullable String route) {
        return new Event(new byte[0], id, route, 0);
    }

    void publish(String channel, String id, @Nullable String route) {
        hub.publish(Objects.requireNonNull(hub.channels().owner(channel)), channel, event(id, route));
    }

    /** Publishes an event whose frame is this name. */
    void publishNamed(String channel, String id, String name) {
        Event event = new Event(name.getBytes(StandardCharsets.US_ASCII), id, null, 0);
        hub.publish(Objects.requireNonNull(hub.channels().owner(channel)), channel, event);
    }

    /** Publishes an event with a key. */
    void publishKeyed(String id, String key) {
        hub.publish(channel("ch"), "ch", new Event(new byte[0], id, null, key, 0));
    }

    void gap(String entry, long missed) {
        hub.gap(channel(entry), missed);
    }

    private ChannelSpec channel(String name) {
        return hub.channels().entries().stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    void publish(String id) {
        publish("ch", id, null);
    }

    LoopShard shard(int index) {
        return hub.shards().get(index);
    }

    LoopCounters counters() {
        return shard(0).counters();
    }

    /** A new subscriber on the first loop that reads as soon as it is told. */
    TestSubscriber subscribe(Topic... topics) {
        return subscribe(0, topics);
    }

    TestSubscriber subscribe(int loop, Topic... topics) {
        TestSubscriber subscriber = new TestSubscriber();
        subscriber.enter(shard(loop), List.of(topics));
        subscribers.add(subscriber);
        return subscriber;
    }

    /** A subscriber that has seen these events before, and reads at once what it missed. */
    JoinResult resume(TestSubscriber subscriber, List<String> lastIds, Topic... topics) {
        subscriber.reads(List.of(topics));
        Subscription subscription = subscriber.enter(shard(0));
        subscribers.add(subscriber);
        JoinResult start =
                shard(0).join(subscription, List.of(topics), lastIds, Long.MAX_VALUE, JoinResult.Listener.NONE);
        subscriber.readAll();
        return Objects.requireNonNull(start);
    }

    TestSubscriber subscribe(String channel) {
        return subscribe(acquire(channel, null));
    }

    Topic topic(@Nullable String route) {
        return acquire("ch", route);
    }

    Topic acquire(String channel, @Nullable String route) {
        return hub.acquire(channel, route, FORMAT);
    }

    /** Runs all loops until they have nothing to do. */
    void run() {
        for (EmbeddedChannel loop : loops) {
            while (loop.hasPendingTasks()) {
                loop.runPendingTasks();
            }
            loop.checkException();
        }
    }

    long memory() {
        return allocator.metric().usedDirectMemory();
    }

    @Override
    public void close() {
        subscribers.forEach(TestSubscriber::leave);
        hub.close();
        loops.forEach(EmbeddedChannel::finishAndReleaseAll);
        metrics.close();
    }
}
