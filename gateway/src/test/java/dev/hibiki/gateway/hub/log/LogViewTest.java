package dev.hibiki.gateway.hub.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;

class LogViewTest {
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final LogMemory memory = new LogMemory(allocator, Long.MAX_VALUE, Long.MAX_VALUE);
    private final TopicLog log = new TopicLog(memory, new LogLimits(Long.MAX_VALUE, 32, 128), 0, true);
    private final LogView view = new LogView(log);

    private void append(int bytes, long sequence) {
        log.append(Unpooled.wrappedBuffer(new byte[bytes]), TestLogs.stamp(sequence));
    }

    @Test
    void shouldNotOfferBytesBeforeASegmentThatWasDroppedBeforeTheViewHeldIt() {
        append(32, 1);
        view.refresh();
        append(64, 2);
        append(128, 3);
        log.segments()[1].drop(); // The log drops the segment after the view has seen it and before the view holds it.
        view.refresh();

        assertThat(view.tail()).isEqualTo(log.segments()[2].base).isEqualTo(96);

        view.close();
        log.close();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    /** Each frame fills a segment, so frame n + 1 begins at n * 32. The log retains the last three. */
    private static void append(TopicLog log, int firstFrame, int lastFrame) {
        for (int frame = firstFrame; frame <= lastFrame; frame++) {
            log.append(Unpooled.wrappedBuffer(new byte[32]), TestLogs.stamp(frame));
        }
    }

    @Test
    void shouldNotPassItsHeadWithItsTailWhenTheLogDropsSegmentsDuringARefresh() {
        TopicLog busy = new TopicLog(memory, new LogLimits(64, 32, 32), 0, true);
        LogView slow = new LogView(busy);
        append(busy, 1, 1);

        // Frames 4 and 5 drop the first two of the segments there are by then, so that the view can only hold the
        // third.
        TestLogs.refresh(slow, busy, () -> append(busy, 2, 3), () -> append(busy, 4, 5));

        assertThat(slow.tail()).isEqualTo(64);
        assertThat(slow.head()).isEqualTo(64);
        assertThat(slow.framesUpToHead()).isEqualTo(2);
        slow.refresh();
        assertThat(slow.tail()).isEqualTo(64);
        assertThat(slow.head()).isEqualTo(160);

        slow.close();
        busy.close();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    @Test
    void shouldStartWithTheOldestSegmentWhenAllAreNewerThanTheHeadThatItRead() {
        TopicLog busy = new TopicLog(memory, new LogLimits(64, 32, 32), 0, true);
        LogView slow = new LogView(busy);
        append(busy, 1, 1);

        TestLogs.refresh(slow, busy, () -> append(busy, 2, 5), () -> {});

        assertThat(slow.tail()).isEqualTo(busy.segments()[0].base).isEqualTo(64);
        assertThat(slow.head()).isEqualTo(busy.segments()[2].base).isEqualTo(128);

        slow.close();
        busy.close();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }
}
