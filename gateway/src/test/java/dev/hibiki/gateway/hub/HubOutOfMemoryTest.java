package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import org.junit.jupiter.api.Test;

class HubOutOfMemoryTest {
    private boolean exhausted;

    private final ByteBufAllocator allocator = new AbstractByteBufAllocator(true) {
        private final UnpooledByteBufAllocator real = new UnpooledByteBufAllocator(true);

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            return real.heapBuffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            if (exhausted) {
                throw new OutOfMemoryError("as asked by the test");
            }
            return real.directBuffer(initialCapacity, maxCapacity);
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    };

    @Test
    void shouldReportAGapForAnEventThatDidNotFitIntoAllLogs() {
        EmbeddedChannel loop = new EmbeddedChannel();
        GatewayMetrics metrics = new GatewayMetrics();
        Hub hub = new Hub(
                new ChannelTable(List.of("ch")),
                TestHub::encode,
                LogLimits.retaining(1 << 20),
                allocator,
                List.of(loop.eventLoop()),
                metrics::newLoopCounters);
        ChannelSpec channel = hub.channels().entries().get(0);
        TestSubscriber subscriber = new TestSubscriber();
        subscriber.enter(hub.shards().get(0), List.of(hub.acquire("ch", null)));
        hub.publish(channel, "ch", TestHub.event("1", null));
        loop.runPendingTasks();
        exhausted = true;

        for (String id : List.of("2", "3")) {
            assertThatThrownBy(() -> hub.publish(channel, "ch", TestHub.event(id, "a new route")))
                    .isInstanceOf(OutOfMemoryError.class);
        }
        loop.runPendingTasks();

        assertThat(subscriber.received()).containsExactly("1", "2", "3");
        subscriber.leave();
        hub.close();
        loop.finishAndReleaseAll();
        metrics.close();
    }
}
