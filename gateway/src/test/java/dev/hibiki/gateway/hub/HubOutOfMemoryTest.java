package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import org.junit.jupiter.api.Test;

class HubOutOfMemoryTest {
    private final FailingAllocator allocator = new FailingAllocator();

    @Test
    void shouldReportAGapForAnEventThatDidNotFitIntoAllLogs() {
        EmbeddedChannel loop = new EmbeddedChannel();
        GatewayMetrics metrics = new GatewayMetrics();
        Hub hub = new Hub(
                new ChannelTable(List.of("ch")),
                TestHub::encode,
                LogLimits.retaining(1 << 20),
                new LogMemory(allocator, Long.MAX_VALUE, Long.MAX_VALUE),
                List.of(loop.eventLoop()),
                metrics::newLoopCounters);
        ChannelSpec channel = hub.channels().entries().get(0);
        TestSubscriber subscriber = new TestSubscriber();
        subscriber.enter(hub.shards().get(0), List.of(hub.acquire("ch", null, hub.format())));
        hub.publish(channel, "ch", TestHub.event("1", null));
        loop.runPendingTasks();
        allocator.failsDirect = true;

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
