package dev.hibiki.gateway.hub.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.testing.LongRun;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One writer and several readers run on threads of their own. Every byte tells its position in the log. */
@Timeout(120)
class TopicLogConcurrencyTest {
    private static final int FRAMES = 100_000;
    private static final int READERS = 3;

    static LongStream seeds() {
        return LongRun.seeds(2, 200);
    }

    /** It keeps no leak records, which would take most of the time, but counts its buffers. */
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);

    private final LogMemory memory = new LogMemory(allocator, Long.MAX_VALUE, Long.MAX_VALUE);

    private static byte byteAt(long position) {
        return (byte) (position * 31 ^ position >>> 8 ^ position >>> 16);
    }

    private static void write(TopicLog log, long seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[200];
        long position = 0;
        for (int sequence = 1; sequence <= FRAMES; sequence++) {
            int length = 1 + random.nextInt(bytes.length);
            for (int i = 0; i < length; i++) {
                bytes[i] = byteAt(position + i);
            }
            log.append(Unpooled.wrappedBuffer(bytes, 0, length), TestLogs.stamp(sequence));
            position += length;
        }
    }

    /** Reads until the last frame and returns the number of bytes. */
    private static long read(TopicLog log, long seed) {
        LogView view = new LogView(log);
        Random random = new Random(seed);
        long position = 0;
        long read = 0;
        long lastSequence = 0;
        try {
            while (lastSequence < FRAMES) {
                view.refresh();
                if (view.tail() > view.head()) {
                    throw new AssertionError("tail " + view.tail() + " is beyond head " + view.head());
                }
                position = Math.max(position, view.tail());
                if (position == view.head()) {
                    Thread.onSpinWait();
                    continue;
                }
                long to = view.boundary(position, 1 + random.nextInt(5_000));
                Segment segment = view.segmentAt(position).segment();
                long sequence = segment.frameSequence(segment.frameAt(position));
                assertThat(sequence).isGreaterThan(lastSequence);
                lastSequence = sequence + view.frames(position, to) - 1;
                verify(view.slice(position, to), position, to);
                read += to - position;
                position = to;
            }
        } finally {
            view.close();
        }
        return read;
    }

    private static void verify(ByteBuf slice, long from, long to) {
        byte[] bytes = new byte[slice.readableBytes()];
        slice.readBytes(bytes);
        slice.release();
        assertThat(bytes).hasSize((int) (to - from));
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != byteAt(from + i)) {
                throw new AssertionError("wrong byte at " + (from + i));
            }
        }
    }

    private List<Long> run(TopicLog log, long seed) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(READERS + 1);
        try {
            List<Future<Long>> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                long readerSeed = seed * 100 + i;
                readers.add(threads.submit(() -> read(log, readerSeed)));
            }
            threads.submit(() -> write(log, seed)).get();
            List<Long> read = new ArrayList<>();
            for (Future<Long> reader : readers) {
                read.add(reader.get());
            }
            return read;
        } finally {
            threads.shutdownNow();
            assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void shouldGiveEveryReaderEveryByteInOrder() throws Exception {
        TopicLog log = new TopicLog(memory, LogLimits.retaining(1L << 30), 0, true);

        List<Long> read = run(log, 1);

        assertThat(read).hasSize(READERS).containsOnly(log.head());
        log.close();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void shouldNotShowWrongBytesWhenTheLogDropsSegments(long seed) throws Exception {
        TopicLog log = new TopicLog(memory, new LogLimits(4_096, 256, 1_024), 0, true);

        List<Long> read = run(log, seed);

        assertThat(read).hasSize(READERS).allMatch(bytes -> bytes > 0);
        log.close();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }
}
