package dev.hibiki.bench.micro;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;
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
import org.openjdk.jmh.infra.Blackhole;

/**
 * Compressing one event for a thousand clients as permessage-deflate without context takeover (RFC 7692), per delivery:
 * once, of which each client gets a view, against once per client. The latter reuses one compressor, as the cheapest
 * servers of that kind do; a compressor for each client would cost its 256 KB of memory on top.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Deflating {
    private static final int CLIENTS = 1_000;
    /** Of the empty block that ends a flush, which RFC 7692, section 7.2.1, takes off. */
    private static final int TRAILER_BYTES = 4;

    private static final int HEADROOM_BYTES = 256;

    @Param({"300", "1024", "16384"})
    int bytes;

    @Param({"1", "6"})
    int level;

    private byte[] json;
    private byte[] deflated;
    private Deflater deflater;
    private ByteBuf shared;

    @Setup
    @Initializer
    public void setUp() {
        json = SampleEvents.raw(bytes);
        deflated = new byte[bytes + HEADROOM_BYTES];
        deflater = new Deflater(level, true);
        shared = PooledByteBufAllocator.DEFAULT.directBuffer(deflated.length);
    }

    @Benchmark
    @OperationsPerInvocation(CLIENTS)
    public void onceForAll(Blackhole sockets) {
        int length = deflate();
        shared.clear().writeBytes(deflated, 0, length);
        for (int i = 0; i < CLIENTS; i++) {
            ByteBuf view = shared.retainedDuplicate();
            sockets.consume(view);
            view.release();
        }
    }

    @Benchmark
    @OperationsPerInvocation(CLIENTS)
    public void perClient(Blackhole sockets) {
        for (int i = 0; i < CLIENTS; i++) {
            sockets.consume(deflate());
        }
    }

    private int deflate() {
        deflater.reset();
        deflater.setInput(json);
        return deflater.deflate(deflated, 0, deflated.length, Deflater.SYNC_FLUSH) - TRAILER_BYTES;
    }

    @TearDown
    public void tearDown() {
        deflater.end();
        shared.release();
    }
}
