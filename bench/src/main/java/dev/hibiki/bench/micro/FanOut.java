package dev.hibiki.bench.micro;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.LoopShard;
import dev.hibiki.gateway.hub.Subscriber;
import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelMatchers;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Events from one thread to a thousand channels on two event loops, per delivery: the gateway's sweep per loop against
 * Netty's channel group, which hands every channel a task and a queue entry of its own. The channels are the same and drop
 * what is flushed, so this is what a server costs above its sockets. A burst is published before the publisher waits for
 * the loops: when they are behind, a sweep makes one write of many events.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FanOut {
    private static final WireFormat FORMAT = new WebSocketFormat();
    private static final int LOOPS = 2;
    private static final int CHANNELS = 1_000;
    private static final int EVENTS = 100;
    private static final int DELIVERIES = CHANNELS * EVENTS;

    private static final int EVENT_BYTES = 330;
    private static final int LOG_BYTES = 16 * 1024 * 1024;
    private static final int MAX_WRITE_BYTES = 64 * 1024;
    private static final ChannelSpec CHANNEL = new ChannelSpec("bench");

    @Param({"1", "100"})
    int burst;

    private final Event event = SampleEvents.event(EVENT_BYTES);
    private final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(LOOPS, LocalIoHandler.newFactory());
    private final ChannelGroup group = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final List<Reader> readers = new ArrayList<>();
    private Hub hub;
    private ByteBuf frame;

    @Setup
    @Initializer
    public void setUp() {
        frame = PooledByteBufAllocator.DEFAULT.directBuffer();
        new WebSocketFormat().encode(event, frame);
        List<EventLoop> each = new ArrayList<>();
        for (EventExecutor loop : loops) {
            each.add((EventLoop) loop);
        }
        GatewayMetrics metrics = new GatewayMetrics();
        hub = new Hub(
                new ChannelTable(List.of(CHANNEL.name())),
                FORMAT,
                LogLimits.retaining(LOG_BYTES),
                LogMemory.of(1L << 30),
                each,
                metrics::newLoopCounters);
        for (int i = 0; i < CHANNELS; i++) {
            enter(hub.shards().get(i % LOOPS));
        }
    }

    private void enter(LoopShard shard) {
        SinkChannel channel = new SinkChannel();
        shard.loop().register(channel).syncUninterruptibly();
        group.add(channel);
        Reader reader = new Reader(channel);
        readers.add(reader);
        shard.loop().submit(() -> reader.enter(hub, shard)).syncUninterruptibly();
    }

    @Benchmark
    @OperationsPerInvocation(DELIVERIES)
    public void sweepPerLoop() {
        publish(() -> hub.publish(CHANNEL, CHANNEL.name(), event));
    }

    @Benchmark
    @OperationsPerInvocation(DELIVERIES)
    public void channelGroup() {
        publish(() -> group.writeAndFlush(frame.retainedDuplicate()));
    }

    /** Without a promise per channel. */
    @Benchmark
    @OperationsPerInvocation(DELIVERIES)
    public void channelGroupVoidPromise() {
        publish(() -> group.writeAndFlush(frame.retainedDuplicate(), ChannelMatchers.all(), true));
    }

    private void publish(Runnable one) {
        for (int i = 1; i <= EVENTS; i++) {
            one.run();
            if (i % burst == 0) {
                awaitLoops();
            }
        }
    }

    /** What was handed to the loops before is done: they take tasks in order, and a sweep of this size is one task. */
    private void awaitLoops() {
        for (LoopShard shard : hub.shards()) {
            shard.loop().submit(() -> {}).syncUninterruptibly();
        }
    }

    @TearDown
    public void tearDown() {
        for (Reader reader : readers) {
            reader.channel.eventLoop().submit(reader::leave).syncUninterruptibly();
        }
        group.close().awaitUninterruptibly();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        hub.close();
        frame.release();
    }

    /** A session that sends through its channel. */
    private static final class Reader implements Subscriber {
        private final SinkChannel channel;
        private @Nullable Subscription subscription;

        Reader(SinkChannel channel) {
            this.channel = channel;
        }

        void enter(Hub hub, LoopShard shard) {
            subscription = shard.subscribe(this, List.of(hub.acquire(CHANNEL.name(), null, hub.format())));
        }

        void leave() {
            if (subscription != null) {
                subscription.close();
            }
        }

        @Override
        public WireFormat format() {
            return FORMAT;
        }

        @Override
        public void onEvents() {
            Subscription events = subscription;
            if (events == null || !channel.isWritable()) {
                return;
            }
            events.sent();
            if (events.lagged()) {
                onLagged();
            }
            ByteBuf run = events.poll(MAX_WRITE_BYTES);
            if (run != null) {
                channel.write(run, channel.voidPromise());
                channel.flush();
            }
        }

        @Override
        public void onLagged() {
            throw new IllegalStateException("nobody is behind here");
        }
    }
}
