package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;

class LogViewTest {
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final TopicLog log = new TopicLog(allocator, new LogLimits(Long.MAX_VALUE, 32, 128), 0);
    private final LogView view = new LogView(log);

    private void append(int bytes, long sequence) {
        log.append(Unpooled.wrappedBuffer(new byte[bytes]), TestHub.stamp(sequence));
    }

    @Test
    void shouldNotOfferWhatLiesBeforeASegmentThatWasDroppedBeforeTheViewHeldIt() {
        append(32, 1);
        view.refresh();
        append(64, 2);
        append(128, 3);
        log.segments()[1].release(); // As the log does when it drops one, between a view's look and its grasp.
        view.refresh();

        assertThat(view.tail()).isEqualTo(log.segments()[2].base).isEqualTo(96);

        view.close();
        log.close();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }
}
