package dev.hibiki.gateway.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class LoopReceiveAllocatorTest {
    private final LoopReceiveAllocator allocator = new LoopReceiveAllocator(2048);

    @Test
    void shouldShareOneHandleAmongTheConnectionsOfALoop() throws Exception {
        ExecutorService loop = Executors.newSingleThreadExecutor();
        try {
            RecvByteBufAllocator.ExtendedHandle first =
                    CompletableFuture.supplyAsync(allocator::newHandle, loop).get();
            RecvByteBufAllocator.ExtendedHandle second =
                    CompletableFuture.supplyAsync(allocator::newHandle, loop).get();

            assertThat(second).isSameAs(first);
            assertThat(allocator.newHandle()).isNotSameAs(first);
        } finally {
            loop.shutdownNow();
        }
    }

    @Test
    void shouldReadOnceIntoABufferOfTheConfiguredSize() {
        RecvByteBufAllocator.ExtendedHandle handle = allocator.newHandle();
        ByteBuf buffer = handle.allocate(UnpooledByteBufAllocator.DEFAULT);
        handle.attemptedBytesRead(buffer.writableBytes());
        handle.lastBytesRead(buffer.writableBytes());
        handle.incMessagesRead(1);

        assertThat(buffer.capacity()).isEqualTo(2048);
        assertThat(handle.lastBytesRead()).isEqualTo(2048);
        assertThat(handle.continueReading()).isFalse();
        buffer.release();
    }
}
