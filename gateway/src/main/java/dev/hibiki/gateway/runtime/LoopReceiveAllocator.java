package dev.hibiki.gateway.runtime;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * Reads into buffers of one size, once per turn of the loop. Thread-safe; each handle is confined to its event loop.
 *
 * <p>Netty's own allocators keep a handle per connection, for reads that go on until there is nothing left and guess from
 * one to the next. With one read at a time all that a handle has to know is settled before the next connection reads, so
 * the connections of a loop can share one.
 */
final class LoopReceiveAllocator implements RecvByteBufAllocator {
    private final int bufferBytes;
    private final FastThreadLocal<LoopHandle> handles = new FastThreadLocal<>() {
        @Override
        protected LoopHandle initialValue() {
            return new LoopHandle();
        }
    };

    LoopReceiveAllocator(int bufferBytes) {
        this.bufferBytes = bufferBytes;
    }

    /** The handle of the calling event loop. */
    @Override
    public ExtendedHandle newHandle() {
        return handles.get();
    }

    private final class LoopHandle implements ExtendedHandle {
        private int attemptedBytes;
        private int lastBytes;

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return allocator.ioBuffer(bufferBytes);
        }

        @Override
        public int guess() {
            return bufferBytes;
        }

        @Override
        public void reset(ChannelConfig config) {}

        @Override
        public void incMessagesRead(int count) {}

        @Override
        public void lastBytesRead(int bytes) {
            lastBytes = bytes;
        }

        @Override
        public int lastBytesRead() {
            return lastBytes;
        }

        @Override
        public void attemptedBytesRead(int bytes) {
            attemptedBytes = bytes;
        }

        @Override
        public int attemptedBytesRead() {
            return attemptedBytes;
        }

        @Override
        public boolean continueReading() {
            return false;
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return false;
        }

        @Override
        public void readComplete() {}
    }
}
