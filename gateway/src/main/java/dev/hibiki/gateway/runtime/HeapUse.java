package dev.hibiki.gateway.runtime;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;

/** How much of the heap is in use for good: what the last collection could not free. Thread-safe. */
public final class HeapUse {
    /** From this use on, no client is let in. */
    public static final double FULL = 0.95;

    private static final List<MemoryPoolMXBean> POOLS = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .filter(MemoryPoolMXBean::isUsageThresholdSupported) // Not the young generation, which may rightly be full.
            .toList();

    private HeapUse() {}

    /** Returns the use of the fullest pool after its last collection, from 0 to 1. */
    public static double share() {
        double highest = 0;
        for (MemoryPoolMXBean pool : POOLS) {
            MemoryUsage usage = pool.getCollectionUsage();
            if (usage != null && usage.getMax() > 0) {
                highest = Math.max(highest, (double) usage.getUsed() / usage.getMax());
            }
        }
        return highest;
    }
}
