package dev.hibiki.gateway.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopClockTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final LoopClock clock = frozen();

    private LoopClock frozen() {
        channel.freezeTime();
        return new LoopClock(channel.eventLoop().ticker(), 1_000);
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void passMs(int ms) {
        channel.advanceTimeBy(ms, TimeUnit.MILLISECONDS);
    }

    @Test
    void shouldNotBeLateBeforeATickIsDue() {
        assertThat(clock.lagSeconds()).isZero();
        passMs(1_000);
        assertThat(clock.lagSeconds()).isZero();
        clock.tick();
        assertThat(clock.lagSeconds()).isZero();
    }

    @Test
    void shouldGrowLaterWhileATickIsMissing() {
        passMs(1_500);
        assertThat(clock.lagSeconds()).isEqualTo(0.5);
        passMs(60_000);
        assertThat(clock.lagSeconds()).isEqualTo(60.5);
    }

    @Test
    void shouldRememberHowLateTheLastTickWas() {
        passMs(1_250);
        clock.tick();
        passMs(1_000);
        assertThat(clock.lagSeconds()).isEqualTo(0.25);
        clock.tick();
        assertThat(clock.lagSeconds()).isZero();
    }

    @Test
    void shouldTellMilliseconds() {
        int before = clock.nowMs();
        passMs(86_400_000);
        assertThat(clock.nowMs() - before).isEqualTo(86_400_000);
    }
}
