package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The progress of the configured channels, and when each was loaded. Thread-safe; {@link #update} is for one thread at a time. */
final class ProgressTable {
    private static final long NOT_LOADED = -1;

    private final ChannelTable channels;
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();

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

    /** Later events of the channel have come live. */
    long loadedSequence(String channel) {
        Entry entry = of(channel);
        return entry == null ? 0 : Math.max(0, entry.loadedSequence);
    }

    /** True when all gateways have the events of both channels after this sequence in the same order. */
    boolean haveCommonOrder(String one, String other, long sequence) {
        Entry first = of(one);
        Entry second = of(other);
        if (first == null || second == null) {
            return first == null && second == null;
        }
        return first.loadedSequence != NOT_LOADED
                && second.loadedSequence != NOT_LOADED
                && first.progress.order().equals(second.progress.order())
                && (first.loadedSequence == second.loadedSequence
                        || sequence >= Math.max(first.loadedSequence, second.loadedSequence));
    }
}
