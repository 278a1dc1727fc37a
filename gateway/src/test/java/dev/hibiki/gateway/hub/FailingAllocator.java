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
    private int asked;
    private int failFrom = Integer.MAX_VALUE;
    private int failUpTo = Integer.MAX_VALUE;

    public FailingAllocator() {
        super(true);
    }

    /** Fails so many times from the allocation of this number on, counted from now. */
    void failFrom(int number, int times) {
        asked = 0;
        failFrom = number;
        failUpTo = number + times;
    }

    /** The number of allocations so far. */
    int asked() {
        return asked;
    }

    /** Counts an allocation that a test knows of, and fails when it is its turn. */
    void ask() {
        int number = asked++;
        if (number >= failFrom && number < failUpTo) {
            throw new OutOfMemoryError("as asked by the test");
        }
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        ask();
        if (failsHeap) {
            throw new OutOfMemoryError("as asked by the test");
        }
        return real.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        ask();
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
