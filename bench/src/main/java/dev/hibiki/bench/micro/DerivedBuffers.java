package dev.hibiki.bench.micro;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Deriving the buffer of one delivery and releasing it, per buffer: from one root whose reference counter all threads
 * share against from a duplicate that each thread, standing for an event loop, has for itself. On one thread and on two;
 * with Netty's pooled and its adaptive allocator.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DerivedBuffers {
    private static final int SEGMENT_BYTES = 64 * 1024;

    /** Whose buffer it is. */
    public enum Allocator {
        POOLED,
        ADAPTIVE;

        ByteBufAllocator netty() {
            return this == POOLED ? PooledByteBufAllocator.DEFAULT : new AdaptiveByteBufAllocator();
        }
    }

    /** What all threads share. */
    @State(Scope.Benchmark)
    public static class Root {
        @Param
        Allocator allocator = Allocator.POOLED;

        private ByteBuf buffer;

        @Setup
        @Initializer
        public void setUp() {
            buffer = allocator.netty().directBuffer(SEGMENT_BYTES).writeZero(SEGMENT_BYTES);
        }

        @TearDown
        public void tearDown() {
            buffer.release();
        }
    }

    /** What each thread has for itself. */
    @State(Scope.Thread)
    public static class Loop {
        private ByteBuf duplicate;

        @Setup
        @Initializer
        public void setUp(Root root) {
            duplicate = root.buffer.retainedDuplicate();
        }

        @TearDown
        public void tearDown() {
            duplicate.release();
        }
    }

    @Benchmark
    @Threads(1)
    public void ofSharedRootOn1Thread(Root root, Blackhole socket) {
        deliver(root.buffer, socket);
    }

    @Benchmark
    @Threads(2)
    public void ofSharedRootOn2Threads(Root root, Blackhole socket) {
        deliver(root.buffer, socket);
    }

    @Benchmark
    @Threads(1)
    public void ofLoopsDuplicateOn1Thread(Loop loop, Blackhole socket) {
        deliver(loop.duplicate, socket);
    }

    @Benchmark
    @Threads(2)
    public void ofLoopsDuplicateOn2Threads(Loop loop, Blackhole socket) {
        deliver(loop.duplicate, socket);
    }

    private static void deliver(ByteBuf origin, Blackhole socket) {
        ByteBuf view = origin.retainedDuplicate();
        socket.consume(view);
        view.release();
    }
}
