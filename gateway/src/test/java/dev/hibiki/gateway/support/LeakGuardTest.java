package dev.hibiki.gateway.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.Test;

class LeakGuardTest {
    @Test
    void shouldRunWithTheParanoidDetector() {
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    }

    @Test
    void shouldFindABufferThatNobodyReleased() throws InterruptedException {
        leak();

        assertThat(LeakGuard.findLeaks()).singleElement().asString().contains("LeakGuardTest.leak");
        assertThat(LeakGuard.findLeaks()).isEmpty();
    }

    @Test
    void shouldFindNothingWhenBuffersAreReleased() throws InterruptedException {
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(16);
        ByteBuf slice = buffer.retainedSlice(0, 0);
        slice.release();
        buffer.release();

        assertThat(LeakGuard.findLeaks()).isEmpty();
    }

    /** In a method of its own, so that no local variable keeps the buffer alive. */
    private static void leak() {
        PooledByteBufAllocator.DEFAULT.directBuffer(16).writeByte(1);
    }
}
