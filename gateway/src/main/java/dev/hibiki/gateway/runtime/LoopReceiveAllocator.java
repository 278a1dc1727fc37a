package dev.hibiki.gateway.runtime;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * Allocates receive buffers of a fixed size, for one read per readiness event. Thread-safe; each handle is confined to its
 * event loop.
 *
 * <p>Netty's own allocators keep a handle per connection: they read until nothing is left, and predict the size of the next
 * read. With a fixed size and one read at a time, a handle keeps no state from one read to the next. So all connections of
 * a loop share one handle.
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
