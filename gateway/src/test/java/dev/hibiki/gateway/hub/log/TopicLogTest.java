package dev.hibiki.gateway.hub.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicLogTest {
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final LogMemory memory = new LogMemory(allocator, Long.MAX_VALUE, Long.MAX_VALUE);
    private TopicLog log = new TopicLog(memory, new LogLimits(Long.MAX_VALUE, 32, 128), 0, true);
    private LogView view = new LogView(log);
    private long sequence;

    @AfterEach
    void shouldHaveGivenBackAllMemory() {
        view.close();
        log.close();
        assertThat(used()).isZero();
    }

    private void limit(long retained, int min, int max) {
        log = new TopicLog(memory, new LogLimits(retained, min, max), 0, true);
        view = new LogView(log);
    }

    private long used() {
        return allocator.metric().usedDirectMemory();
    }

    private void append(String frame) {
        log.append(Unpooled.wrappedBuffer(frame.getBytes(StandardCharsets.US_ASCII)), TestLogs.stamp(++sequence));
    }

    private void append(int count, String frame) {
        for (int i = 0; i < count; i++) {
            append(frame);
        }
    }

    private static String released(ByteBuf slice) {
        try {
            return slice.toString(StandardCharsets.US_ASCII);
        } finally {
            slice.release();
        }
    }

    private int[] segmentSizes() {
        return Arrays.stream(log.segments()).mapToInt(Segment::capacity).toArray();
    }

    @Test
    void shouldAllocateNothingUntilTheFirstFrame() {
        assertThat(used()).isZero();
        assertThat(log.head()).isZero();
        view.refresh();
        assertThat(view.head()).isZero();
        assertThat(view.tail()).isZero();
        assertThatThrownBy(() -> view.segmentAt(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldAppendFramesInOneContiguousRun() {
        append("abc");
        append("de");
        append("f");
        view.refresh();

        assertThat(view.head()).isEqualTo(6);
        assertThat(released(view.slice(0, 6))).isEqualTo("abcdef");
        assertThat(released(view.slice(3, 5))).isEqualTo("de");
    }

    @Test
    void shouldBorrowTheFrame() {
        ByteBuf frame = Unpooled.wrappedBuffer("xabc".getBytes(StandardCharsets.US_ASCII));
        frame.skipBytes(1);

        log.append(frame, TestLogs.stamp(1));

        assertThat(frame.readableBytes()).isEqualTo(3);
        assertThat(frame.refCnt()).isEqualTo(1);
        view.refresh();
        assertThat(released(view.slice(0, 3))).isEqualTo("abc");
    }

    @Test
    void shouldSeeNoNewFramesUntilTheViewIsRefreshed() {
        append("abc");
        view.refresh();
        append("def");

        assertThat(view.head()).isEqualTo(3);
        assertThat(view.boundary(0, 100)).isEqualTo(3);
        view.refresh();
        assertThat(view.boundary(0, 100)).isEqualTo(6);
    }

    @Test
    void shouldRollToSegmentsThatDoubleUpToTheLargest() {
        append(100, "0123456789");

        assertThat(segmentSizes()).startsWith(32, 64, 128, 128).hasSize(10);
        assertThat(log.capacity()).isEqualTo(32 + 64 + 8 * 128).isEqualTo(used());
        assertThat(log.head()).isEqualTo(1000);
    }

    @Test
    void shouldKeepEachFrameWithinOneSegment() {
        append(10, "0123456789");
        view.refresh();

        assertThat(log.segments()).extracting(segment -> segment.base).containsExactly(0L, 30L, 90L);
        assertThat(view.boundary(0, 1000)).isEqualTo(30);
        assertThat(view.boundary(30, 1000)).isEqualTo(90);
        assertThat(view.boundary(90, 1000)).isEqualTo(100);
        assertThat(released(view.slice(30, 40))).isEqualTo("0123456789");
    }

    @Test
    void shouldAllocateALargerSegmentForAFrameThatFitsIntoNone() {
        String huge = "x".repeat(500);
        append("a");
        append(huge);
        append("b");
        view.refresh();

        assertThat(segmentSizes()).containsExactly(32, 500, 128);
        assertThat(view.boundary(1, 64)).isEqualTo(501);
        assertThat(released(view.slice(1, 501))).isEqualTo(huge);
    }

    @Test
    void shouldFillASegmentToItsLastByte() {
        append("x".repeat(32));
        append("y".repeat(64));

        assertThat(segmentSizes()).containsExactly(32, 64);
    }

    @Test
    void shouldEndASliceAtTheLastFrameThatFits() {
        limit(Long.MAX_VALUE, 1024, 1024);
        append(10, "0123456789");
        view.refresh();

        assertThat(view.boundary(0, 25)).isEqualTo(20);
        assertThat(view.boundary(0, 29)).isEqualTo(20);
        assertThat(view.boundary(0, 30)).isEqualTo(30);
        assertThat(view.boundary(0, 31)).isEqualTo(30);
        assertThat(view.boundary(50, 10)).isEqualTo(60);
        assertThat(view.boundary(50, 50)).isEqualTo(100);
    }

    @Test
    void shouldGiveAFrameOverTheMaximumAlone() {
        limit(Long.MAX_VALUE, 1024, 1024);
        append("abc");
        append("0123456789");
        append("d");
        view.refresh();

        assertThat(view.boundary(0, 1)).isEqualTo(3);
        assertThat(view.boundary(3, 1)).isEqualTo(13);
        assertThat(view.boundary(3, 9)).isEqualTo(13);
        assertThat(view.boundary(3, 10)).isEqualTo(13);
    }

    @Test
    void shouldCountFramesAndKnowTheirSequence() {
        limit(Long.MAX_VALUE, 4096, 4096);
        append(200, "0123456789");
        view.refresh();

        assertThat(view.frames(0, 2000)).isEqualTo(200);
        assertThat(view.frames(10, 2000)).isEqualTo(199);
        assertThat(view.frames(10, 30)).isEqualTo(2);
        Segment segment = view.segmentAt(0).segment();
        assertThat(segment.frameSequence(segment.frameAt(1990))).isEqualTo(200);
        assertThat(segment.frameEnd(segment.frameAt(1990))).isEqualTo(2000);
        assertThatThrownBy(() -> view.frames(5, 10)).hasMessage("position 5 is inside a frame");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldRetainTheConfiguredBytesAndLittleMore(long seed) {
        int retained = 1000;
        int largest = 128; // Of the segments.
        limit(retained, 16, largest);
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            append("x".repeat(1 + random.nextInt(40)));
            view.refresh();
            long kept = log.head() - view.tail();
            assertThat(kept).isGreaterThanOrEqualTo(Math.min(log.head(), retained));
            assertThat(kept).isLessThan(retained + 2L * largest);
            assertThat(log.capacity()).isEqualTo(used()).isLessThan(2L * (retained + 2L * largest));
        }
    }

    @Test
    void shouldRefuseToReadDroppedBytes() {
        limit(100, 32, 32);
        append(50, "0123456789");
        view.refresh();

        long tail = view.tail();
        assertThat(tail).isEqualTo(360);
        assertThat(released(view.slice(tail, tail + 10))).isEqualTo("0123456789");
        assertThatThrownBy(() -> view.slice(tail - 10, tail))
                .hasMessage("position " + (tail - 10) + " is before the tail " + tail);
    }

    @Test
    void shouldKeepTheBytesOfASocketAfterTheLogHasDroppedThem() {
        limit(32, 32, 32);
        append("first-segment");
        view.refresh();
        ByteBuf held = view.slice(0, 13);
        append(20, "0123456789");
        view.refresh();

        assertThat(view.tail()).isGreaterThan(0);
        assertThat(used()).isEqualTo(log.capacity() + 32);
        assertThat(held.toString(StandardCharsets.US_ASCII)).isEqualTo("first-segment");
        held.release();
        assertThat(used()).isEqualTo(log.capacity());
    }

    @Test
    void shouldKeepTheBytesOfASocketAfterLogAndViewAreClosed() {
        append("abc");
        view.refresh();
        ByteBuf held = view.slice(0, 3);
        log.close();
        view.close();

        assertThat(used()).isEqualTo(32);
        assertThat(released(held)).isEqualTo("abc");
        assertThat(used()).isZero();
    }

    @Test
    void shouldKeepADroppedSegmentForAViewThatWasNotRefreshed() {
        limit(32, 32, 32);
        append("abc");
        view.refresh();
        append(20, "0123456789");

        assertThat(view.tail()).isZero();
        assertThat(released(view.slice(0, 3))).isEqualTo("abc");
        view.refresh();
        assertThat(view.tail()).isGreaterThan(0);
        assertThat(used()).isEqualTo(log.capacity());
    }

    @Test
    void shouldGiveSlicesWithIndependentReaderIndexes() {
        append("abcdef");
        view.refresh();
        ByteBuf one = view.slice(0, 6);
        ByteBuf other = view.slice(0, 6);
        one.skipBytes(4);

        assertThat(released(other)).isEqualTo("abcdef");
        assertThat(released(one)).isEqualTo("ef");
    }

    @Test
    void shouldNotAcquireAReleasedSegment() {
        Segment segment = new Segment(0, 0, 0, ByteBufAllocator.DEFAULT.directBuffer(8, 8), 8, memory);
        ByteBuf duplicate = Objects.requireNonNull(segment.acquireView());

        segment.drop();

        assertThat(segment.acquireView()).isNull();
        assertThat(duplicate.refCnt()).isEqualTo(1);
        duplicate.release();
    }

    @Test
    void shouldDeriveSegmentSizesFromTheRetainedBytes() {
        assertThat(LogLimits.retaining(16L << 20)).isEqualTo(new LogLimits(16L << 20, 1 << 10, 1 << 20));
        assertThat(LogLimits.retaining(1L << 20)).isEqualTo(new LogLimits(1L << 20, 1 << 10, 128 << 10));
        assertThat(LogLimits.retaining(64L << 10)).isEqualTo(new LogLimits(64L << 10, 1 << 10, 16 << 10));
        assertThat(LogLimits.retaining(64L << 30)).isEqualTo(new LogLimits(64L << 30, 1 << 10, 1 << 20));
    }
}
