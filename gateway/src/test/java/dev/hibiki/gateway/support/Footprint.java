package dev.hibiki.gateway.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.List;

/**
 * The threads of this JVM and the direct buffers of the allocator that only gateways use. Immutable.
 *
 * <p>The allocator counts each buffer, so that one unreleased buffer shows at once; the leak detector would need a garbage
 * collection. A buffer that an event loop keeps for reuse counts until that loop ends.
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

    /** Waits until every thread and buffer that came since then is gone. */
    public static void awaitBackTo(Footprint before) {
        await("what a gateway leaves behind")
                .pollInterval(Duration.ofMillis(10))
                .atMost(ALLOWED)
                .untilAsserted(() -> assertThat(now()).isEqualTo(before));
    }
}
