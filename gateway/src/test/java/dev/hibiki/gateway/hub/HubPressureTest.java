package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HubPressureTest {
    private static final int RETAINED_BYTES = 4_096;
    private static final int FRAME_BYTES = 101;

    private final TestHub hub = new TestHub(1, new LogLimits(RETAINED_BYTES, 512, 512), "ch");

    @AfterEach
    void close() {
        hub.close();
    }

    private void publishBytes(int bytes) {
        for (int i = 0; i < bytes / FRAME_BYTES; i++) {
            hub.publish("x".repeat(FRAME_BYTES - 1));
        }
        hub.run();
        measure();
    }

    /** Measures now: the gauge measures as logs grow, but maybe before its loop has delivered. */
    private void measure() {
        hub.shard(0).checkPressure();
        hub.run();
    }

    private TestSubscriber reader() {
        TestSubscriber reader = hub.subscribe("ch");
        reader.busy = true;
        reader.maxBytes = FRAME_BYTES;
        return reader;
    }

    @Test
    void shouldBeCongestedWhileMostSubscribersLagFar() {
        TestSubscriber first = reader();
        TestSubscriber second = reader();
        TestSubscriber quick = hub.subscribe("ch");

        publishBytes(RETAINED_BYTES * 3 / 4);
        assertThat(quick.received()).hasSize(RETAINED_BYTES * 3 / 4 / FRAME_BYTES);
        assertThat(hub.shard(0).isCongested()).isTrue();

        first.readAll();
        second.readAll();
        measure();
        assertThat(hub.shard(0).isCongested()).isFalse();
    }

    @Test
    void shouldNotBeCongestedByAFewSubscribers() {
        reader();
        hub.subscribe("ch");
        hub.subscribe("ch");

        publishBytes(RETAINED_BYTES * 3 / 4);

        assertThat(hub.shard(0).isCongested()).isFalse();
    }

    @Test
    void shouldNotCountAStalledSubscriber() {
        TestSubscriber stalled = reader();
        publishBytes(RETAINED_BYTES * 3 / 4);
        int rounds = 0;
        while (stalled.subscription().isReadingBehind(RETAINED_BYTES / 2, true)) {
            rounds++;
        }

        assertThat(rounds).isEqualTo(7);
        assertThat(stalled.pollOnce()).isNotNull();
        assertThat(stalled.subscription().isReadingBehind(RETAINED_BYTES / 2, true))
                .isTrue();
    }

    @Test
    void shouldNotMakeALoopWaitForItself() {
        reader();
        publishBytes(RETAINED_BYTES * 3 / 4);
        assertThat(hub.shard(0).isCongested()).isTrue();

        // An embedded loop runs on the thread of its caller, so that a wait would never end.
        hub.hub.awaitRoom(Long.MAX_VALUE / 2_000_000);
    }
}
