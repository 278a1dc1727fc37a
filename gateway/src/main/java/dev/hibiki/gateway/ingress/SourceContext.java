package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.channels.ChannelSpec;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The parts of the gateway that a source works with. Immutable.
 *
 * @param channels the configured channels, at least one
 * @param ingest takes the events
 * @param probes says how often to probe, and takes the results
 * @param logBytes the most bytes that the gateway keeps of a topic; a source need not load more of the past
 * @param nanoClock as {@link System#nanoTime}
 */
public record SourceContext(
        List<ChannelSpec> channels, Ingest ingest, ProbeMonitor probes, long logBytes, LongSupplier nanoClock) {}
