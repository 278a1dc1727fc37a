package dev.hibiki.gateway.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoopTimersTest {
    private static final long PERIOD_NS = TimeUnit.SECONDS.toNanos(1);

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final LoopTimers timers = new LoopTimers(channel.eventLoop());
    private int ticks;
    private int beats;
    private Error failure = new AssertionError("as of a defect");

    @BeforeEach
    void start() {
        channel.freezeTime();
        timers.every(PERIOD_NS, () -> ticks++);
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void pass(int periods) {
        for (int i = 0; i < periods; i++) {
            channel.advanceTimeBy(PERIOD_NS, TimeUnit.NANOSECONDS);
            channel.runScheduledPendingTasks();
        }
    }

    private void beat() {
        if (++beats == 3) {
            throw failure;
        }
    }

    @Test
    void shouldStopAllTimersWhenOneFails() {
        timers.every(PERIOD_NS, this::beat);
        pass(2);
        assertThat(ticks).isEqualTo(2);
        assertThat(beats).isEqualTo(2);
        pass(5);
        assertThat(beats).isEqualTo(3);
        assertThat(ticks).as("ticks that show that the loop is alive").isEqualTo(3);
    }

    @Test
    void shouldGoOnWhenThereWasNoMemoryForAMoment() {
        failure = new OutOfMemoryError("as when the heap was full for a moment");
        timers.every(PERIOD_NS, this::beat);
        pass(5);
        assertThat(beats).isEqualTo(5);
        assertThat(ticks).isEqualTo(5);
    }

    @Test
    void shouldGoOnWhenThereIsNoMemoryForTheLogLineEither() {
        failure = new OutOfMemoryError() {
            private static final long serialVersionUID = 1L;

            @Override
            public String getMessage() {
                throw new OutOfMemoryError("as when the heap is full still");
            }
        };
        timers.every(PERIOD_NS, this::beat);
        pass(5);
        assertThat(beats).isEqualTo(5);
        assertThat(ticks).isEqualTo(5);
    }

    @Test
    void shouldDoNothingOnceStopped() {
        pass(1);
        timers.stop();
        pass(5);
        assertThat(ticks).isOne();
    }
}
