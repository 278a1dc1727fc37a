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
import dev.hibiki.gateway.hub.log.Run;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
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
 * Publishing an event and sweeping all sessions of one loop, per delivery: a thousand, a hundred thousand and a million
 * sessions, each of which takes what is new and is done with it at once. As a {@link Run}, which is what a session on
 * io_uring takes, and as a buffer, which is what it takes on any other transport. The loop is Netty's own, driven by the
 * thread that publishes.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Sweeping {
    /** Per invocation, whatever the number of sessions. */
    private static final WireFormat FORMAT = new WebSocketFormat();

    private static final int DELIVERIES = 1_000_000;

    private static final int EVENT_BYTES = 330;
    private static final int LOG_BYTES = 16 * 1024 * 1024;
    private static final int MAX_WRITE_BYTES = 64 * 1024;
    private static final ChannelSpec CHANNEL = new ChannelSpec("bench");

    /** How a session takes what is new. */
    public enum Take {
        RUN,
        BUFFER
    }

    @Param({"1000", "100000", "1000000"})
    int sessions;

    @Param
    Take take = Take.RUN;

    private final Event event = SampleEvents.event(EVENT_BYTES);
    private final Run run = new Run();
    private final List<Reader> readers = new ArrayList<>();
    private ManualIoEventLoop loop;
    private Hub hub;
    private LoopShard shard;

    @Setup
    @Initializer
    public void setUp() {
        loop = new ManualIoEventLoop(Thread.currentThread(), LocalIoHandler.newFactory());
        GatewayMetrics metrics = new GatewayMetrics();
        hub = new Hub(
                new ChannelTable(List.of(CHANNEL.name())),
                FORMAT,
                LogLimits.retaining(LOG_BYTES),
                LogMemory.of(1L << 30),
                List.of(loop),
                metrics::newLoopCounters);
        shard = hub.shards().get(0);
        for (int i = 0; i < sessions; i++) {
            Reader reader = take == Take.RUN ? new RunReader(run) : new BufferReader();
            reader.subscription = shard.subscribe(reader, List.of(hub.acquire(CHANNEL.name(), null, hub.format())));
            readers.add(reader);
        }
    }

    @Benchmark
    @OperationsPerInvocation(DELIVERIES)
    public long appendAndSweep() {
        long delivered = shard.counters().deliveries();
        for (int i = 0; i < DELIVERIES / sessions; i++) {
            hub.publish(CHANNEL, CHANNEL.name(), event);
            delivered += sessions;
            while (shard.counters().deliveries() < delivered) {
                loop.runNow();
            }
        }
        return delivered;
    }

    @TearDown
    public void tearDown() {
        readers.forEach(Reader::close);
        readers.clear();
        hub.close();
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        while (!loop.isTerminated()) {
            loop.runNow();
        }
    }

    /** A session whose socket is always idle. */
    private abstract static class Reader implements Subscriber {
        @Nullable Subscription subscription;

        @Override
        public WireFormat format() {
            return FORMAT;
        }

        @Override
        public void onEvents() {
            Subscription events = subscription;
            if (events != null) {
                events.sent();
                if (!events.lagged()) {
                    takeAll(events);
                }
            }
        }

        abstract void takeAll(Subscription events);

        void close() {
            if (subscription != null) {
                subscription.close();
            }
        }

        @Override
        public void onLagged() {
            throw new IllegalStateException("nobody is behind here");
        }
    }

    private static final class RunReader extends Reader {
        private final Run run;

        RunReader(Run run) {
            this.run = run;
        }

        @Override
        void takeAll(Subscription events) {
            if (events.take(MAX_WRITE_BYTES, run)) {
                run.segment().unpin();
            }
        }
    }

    private static final class BufferReader extends Reader {
        @Override
        void takeAll(Subscription events) {
            ByteBuf buffer = events.poll(MAX_WRITE_BYTES);
            if (buffer != null) {
                buffer.release();
            }
        }
    }
}
