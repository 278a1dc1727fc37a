package dev.hibiki.gateway.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class DelayedDestroyIoHandlerTest {
    private final CompletableFuture<Long> waitedNs = new CompletableFuture<>();

    private final class Recorder implements IoHandler {
        private long preparedNs;

        @Override
        public int run(IoHandlerContext context) {
            if (context.canBlock()) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
            return 0;
        }

        @Override
        public void prepareToDestroy() {
            preparedNs = System.nanoTime();
        }

        @Override
        public void destroy() {
            waitedNs.complete(System.nanoTime() - preparedNs);
        }

        @Override
        public IoRegistration register(IoHandle handle) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void wakeup() {}

        @Override
        public boolean isCompatible(Class<? extends IoHandle> handleType) {
            return handleType == IoHandle.class;
        }
    }

    @Test
    void shouldWaitBetweenPrepareToDestroyAndDestroy() throws Exception {
        MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, DelayedDestroyIoHandler.of(loop -> new Recorder()));
        group.submit(() -> {}).sync();
        assertThat(group.next().isCompatible(IoHandle.class)).isTrue();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();

        assertThat(waitedNs.get()).isGreaterThanOrEqualTo(DelayedDestroyIoHandler.DELAY_NS);
    }
}
