package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The progress of the configured channels, and when each was loaded. Thread-safe; {@link #update} is for one thread at a time. */
final class ProgressTable {
    private static final long NOT_LOADED = -1;

    private final ChannelTable channels;
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();

    /** The order of channels that no source follows. */
    private static final Order NO_SOURCE = new Order("", 0);

    /**
     * The order of the events of a channel on this gateway.
     *
     * @param order see {@link ChannelProgress#order}
     * @param loadedSequence later events of the channel have come live; {@link #NOT_LOADED} before
     */
    record Order(Object order, long loadedSequence) {
        /** True when all gateways have the events of both after this sequence in the same order. */
        boolean isCommonWith(Order other, long sequence) {
            return loadedSequence != NOT_LOADED
                    && other.loadedSequence != NOT_LOADED
                    && order.equals(other.order)
                    && (loadedSequence == other.loadedSequence
                            || sequence >= Math.max(loadedSequence, other.loadedSequence));
        }
    }

    /** @param loadedSequence the last sequence of the past of the channel; {@link #NOT_LOADED} before */
    private record Entry(ChannelProgress progress, long loadedSequence) {
        Entry updated(long sequence) {
            return loadedSequence == NOT_LOADED && progress.isLoaded() ? new Entry(progress, sequence) : this;
        }
    }

    ProgressTable(ChannelTable channels) {
        this.channels = channels;
    }

    void follow(ChannelSpec entry, ChannelProgress progress) {
        entries.put(entry.name(), new Entry(progress, NOT_LOADED).updated(0));
    }

    /** Notes which channels are loaded now. Those that were loaded together get the same sequence. */
    void update(long sequence) {
        entries.replaceAll((name, entry) -> entry.updated(sequence));
    }

    private @Nullable Entry of(String channel) {
        Entry entry = entries.get(channel);
        if (entry == null && !entries.isEmpty()) {
            ChannelSpec owner = channels.owner(channel);
            return owner == null ? null : entries.get(owner.name());
        }
        return entry;
    }

    boolean isLoaded(String channel) {
        Entry entry = of(channel);
        return entry == null || entry.loadedSequence != NOT_LOADED;
    }

    /** See {@link ChannelProgress#await}. */
    @Nullable BooleanSupplier await(String channel, String id) {
        Entry entry = of(channel);
        return entry == null ? null : entry.progress.await(id);
    }

    /** See {@link ChannelProgress#concurrent}. */
    @Nullable String concurrent(String channel, String id) {
        Entry entry = of(channel);
        return entry == null ? null : entry.progress.concurrent(id);
    }

    Order orderOf(String channel) {
        Entry entry = of(channel);
        return entry == null ? NO_SOURCE : new Order(entry.progress.order(), entry.loadedSequence);
    }

    /** True when all gateways have the events of these channels after this sequence in the same order. */
    boolean haveCommonOrder(Collection<String> channels, long sequence) {
        Order first = orderOf(channels.iterator().next());
        return channels.stream().allMatch(channel -> first.isCommonWith(orderOf(channel), sequence));
    }
}
