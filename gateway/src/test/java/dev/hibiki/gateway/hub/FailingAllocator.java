package dev.hibiki.gateway.hub;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.UnpooledByteBufAllocator;

/** An allocator that runs out of memory when a test says so. */
public final class FailingAllocator extends AbstractByteBufAllocator implements ByteBufAllocatorMetricProvider {
    private final UnpooledByteBufAllocator real = new UnpooledByteBufAllocator(true);
    public boolean failsDirect;
    public boolean failsHeap;

    public FailingAllocator() {
        super(true);
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        if (failsHeap) {
            throw new OutOfMemoryError("as asked by the test");
        }
        return real.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        if (failsDirect) {
            throw new OutOfMemoryError("as asked by the test");
        }
        return real.directBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public ByteBufAllocatorMetric metric() {
        return real.metric();
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }
}
