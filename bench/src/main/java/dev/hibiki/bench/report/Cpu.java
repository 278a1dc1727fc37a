package dev.hibiki.bench.report;

import org.jspecify.annotations.Nullable;

/**
 * Processor time over a measured window. The server's is null when its process is not known.
 *
 * @param serverUsPerDelivery from the scheduler's account of each thread
 * @param serverUsPerDeliveryByTicks the same from the process's tick-based account, as a check
 * @param clientUsPerDelivery of the load client's whole process, publisher included
 */
public record Cpu(
        @Nullable Double serverUsPerDelivery,
        @Nullable Double serverUsPerDeliveryByTicks,
        @Nullable Double serverCores,
        double clientUsPerDelivery,
        double clientCores) {}
