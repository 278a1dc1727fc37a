package dev.hibiki.gateway.hub.log;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The budget of all logs of a hub, in all formats: their segments in direct memory, and their indices on the heap. The methods
 * that change a figure are guarded by the hub's lock; any thread may read.
 *
 * <p>It only counts. {@link TopicTable} frees memory when the budget is {@linkplain #isShort short}. Segments come from an
 * allocator of their own without pools, so that its figure is exactly the memory that is in use, and freed memory goes back at
 * once.
 */
public final class LogMemory {
    /** The indices may take this part of the heap; sessions need the rest. */
    private static final int HEAP_DIVISOR = 8;
    /** A part of 1/8 is kept for segments that the logs have dropped and that are still being sent. */
    private static final int RESERVE_DIVISOR = 8;

    /** Memory is freed by this part of the budget at a time. */
    private static final int STEPS = 32;

    /** When there is no memory for a frame, this part of what the logs hold is freed. */
    private static final int OUT_DIVISOR = 8;

    /**
     * Logs never take the last chunk of direct memory, or its last eighth where that is less: sockets need it at once. The plan of
     * {@code MemoryPlan} leaves more to sockets, but an operator may choose otherwise.
     */
    private static final long POOL_CHUNK_BYTES =
            (long) PooledByteBufAllocator.defaultPageSize() << PooledByteBufAllocator.defaultMaxOrder();

    private static final int POOL_DIVISOR = 8;

    private final ByteBufAllocator allocator;
    private final long maxBytes;
    private final long maxHeapBytes;
    // Counted here and not by the allocator: a dropped segment must not count, but its memory is freed a moment later.
    private final AtomicLong segmentBytes = new AtomicLong();
    private final AtomicLong heapBytes = new AtomicLong();
    /** The direct memory that a log may take now. It is asked first, since Java collects garbage and waits before it refuses. */
    private final LongSupplier freeBytes;

    private volatile String lastFailure = "";
    /** While memory is being freed, the logs are to hold no more than this. */
    private long freeDownTo = Long.MAX_VALUE;

    private boolean out;
    /** The {@link #retainedBytes} above which it is worth looking again for something to drop; 0 for any. */
    private long shortAgainAbove;

    /**
     * A budget with an allocator of its own. The indices alone may take an eighth of the JVM's heap.
     *
     * @param maxBytes of segments and indices together
     */
    public static LogMemory of(long maxBytes) {
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        long most = PlatformDependent.maxDirectMemory();
        long forLogs = most - Math.min(POOL_CHUNK_BYTES, most / POOL_DIVISOR);
        return new LogMemory(
                new UnpooledByteBufAllocator(true),
                maxBytes,
                Runtime.getRuntime().maxMemory() / HEAP_DIVISOR,
                () -> forLogs - Math.max(direct.getMemoryUsed(), PlatformDependent.usedDirectMemory()));
    }

    /**
     * @param allocator of the segments
     * @param maxBytes of segments and indices together
     * @param maxHeapBytes of the indices
     */
    public LogMemory(ByteBufAllocator allocator, long maxBytes, long maxHeapBytes) {
        this(allocator, maxBytes, maxHeapBytes, () -> Long.MAX_VALUE);
    }

    private LogMemory(ByteBufAllocator allocator, long maxBytes, long maxHeapBytes, LongSupplier freeBytes) {
        this.allocator = allocator;
        this.freeBytes = freeBytes;
        this.maxBytes = maxBytes;
        this.maxHeapBytes = maxHeapBytes;
    }

    /** A direct buffer that never grows, for a segment. Throws at once when others need what is left of the direct memory. */
    public ByteBuf allocate(int capacity) {
        checkFree(capacity);
        return allocator.directBuffer(capacity, capacity);
    }

    private void checkFree(int bytes) {
        if (freeBytes.getAsLong() < bytes) {
            throw new OutOfMemoryError(bytes + " bytes for a log, of direct memory that is used up");
        }
    }

    /** Notes that there was no memory for something. */
    public void failed(OutOfMemoryError reason) {
        lastFailure = String.valueOf(reason.getMessage());
    }

    /** True while memory is being freed because there was none for a frame. */
    boolean isOut() {
        return out;
    }

    /** Why there was no memory when that was last so; empty when there always was. Any thread. */
    public String lastFailure() {
        return lastFailure;
    }

    /**
     * An attempt to free memory begins.
     *
     * @param failed whether there was no memory for a frame: then logs keep less than otherwise
     */
    public void beginFreeing(boolean failed) {
        out = failed;
        if (failed) {
            freeDownTo = retainedBytes() - retainedBytes() / OUT_DIVISOR;
        } else if (directShortage() > 0) { // Dropped memory is free only a moment later.
            freeDownTo = retainedBytes() - Math.max(directShortage(), step());
        }
    }

    /** How much direct memory is missing, with what others take of it; negative when there is enough. */
    private long directShortage() {
        return maxBytes / RESERVE_DIVISOR - freeBytes.getAsLong();
    }

    /** A direct buffer that may grow. Its memory counts until it is released. Any thread. */
    public ByteBuf allocateGrowing(int initialCapacity) {
        checkFree(initialCapacity);
        return allocator.directBuffer(initialCapacity);
    }

    public ByteBuf allocateHeap() {
        return allocator.heapBuffer();
    }

    /** Logs hold more, or fewer, bytes of segments. */
    void countSegments(long change) {
        segmentBytes.addAndGet(change);
    }

    /** Logs and topics hold more, or fewer, bytes of the heap. */
    public void countHeap(long change) {
        heapBytes.addAndGet(change);
    }

    /** Segments that the logs hold, and all indices, in bytes. */
    private long retainedBytes() {
        return segmentBytes.get() + heapBytes.get();
    }

    /** True when logs should be dropped. */
    public boolean isShort() {
        if (!hasExcess() && directShortage() <= 0) {
            shortAgainAbove = 0;
            return false;
        }
        return retainedBytes() >= shortAgainAbove;
    }

    /** True when the logs hold more than they should, whether there is something to drop or not. */
    public boolean hasExcess() {
        return excessBytes() > 0;
    }

    /** True when there is direct memory for a segment of this size, and it leaves the logs within what they should hold. */
    boolean hasRoomFor(int bytes) {
        return excessBytes() + bytes <= 0 && freeBytes.getAsLong() >= bytes;
    }

    /** How many bytes the logs hold beyond what they should; negative when there is room. */
    private long excessBytes() {
        long heapExcess = heapBytes.get() - (maxHeapBytes - maxHeapBytes / RESERVE_DIVISOR);
        return Math.max(retainedBytes() - (maxBytes - maxBytes / RESERVE_DIVISOR), heapExcess);
    }

    /** While memory is being freed: true until there is room for some time. */
    public boolean needsMoreRoom() {
        return excessBytes() + step() > 0 || retainedBytes() > freeDownTo;
    }

    /** Notes the end of an attempt to free memory, so that the next one comes only when there is more to find. */
    public void hasFreed() {
        out = false;
        freeDownTo = Long.MAX_VALUE;
        shortAgainAbove = retainedBytes() + step();
    }

    private long step() {
        return Math.min(maxBytes, maxHeapBytes) / STEPS;
    }

    /** Bytes that all logs take, with their indices, and with segments that are dropped but still being sent. Any thread. */
    public long usedBytes() {
        return directBytes() + heapBytes.get();
    }

    private long directBytes() {
        return allocator instanceof ByteBufAllocatorMetricProvider measured
                ? measured.metric().usedDirectMemory()
                : segmentBytes.get();
    }

    /** Bytes of the segments that the logs hold. Any thread. */
    public long segmentBytes() {
        return segmentBytes.get();
    }

    /** Bytes of the heap that the indices take. Any thread. */
    public long heapBytes() {
        return heapBytes.get();
    }

    /** The budget in bytes. */
    public long maxBytes() {
        return maxBytes;
    }

    public void register(GatewayMetrics metrics) {
        metrics.gauge("hibiki.log.bytes", "Memory of all logs with their indices", this::usedBytes);
        metrics.gauge("hibiki.log.max.bytes", "The most that it may be: the budget", this::maxBytes);
    }

    /** True when the budget is used up, although everything was dropped that can be. No client may be let in. Any thread. */
    public boolean isFull() {
        return heapBytes.get() >= maxHeapBytes || usedBytes() >= maxBytes;
    }
}
