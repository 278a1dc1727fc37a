package dev.hibiki.gateway.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.List;

/**
 * What gateways hold in this JVM besides objects: threads, and direct buffers of the allocator that only they use.
 *
 * <p>The allocator counts each buffer, so a single one that was not released shows, and at once: unlike the leak detector
 * this needs no garbage collection and no luck. A buffer that an event loop keeps for later counts until that loop ends.
 */
public record Footprint(List<String> threads, long directBuffers) {
    private static final Duration ALLOWED = Duration.ofSeconds(20);

    public static Footprint now() {
        List<String> threads = Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("hibiki-") || name.startsWith("lettuce-"))
                .sorted()
                .toList();
        long buffers = PooledByteBufAllocator.DEFAULT.metric().directArenas().stream()
                .mapToLong(PoolArenaMetric::numActiveAllocations)
                .sum();
        return new Footprint(threads, buffers);
    }

    /** Waits until everything that was not there then is gone. */
    public static void awaitBackTo(Footprint before) {
        await("what a gateway leaves behind")
                .pollInterval(Duration.ofMillis(10))
                .atMost(ALLOWED)
                .untilAsserted(() -> assertThat(now()).isEqualTo(before));
    }
}
