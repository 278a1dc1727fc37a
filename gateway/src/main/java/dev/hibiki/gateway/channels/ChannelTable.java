package dev.hibiki.gateway.channels;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configured channels. Immutable.
 *
 * <p>A concrete channel belongs to one entry: the one that names it, else the first pattern that matches. Redis sends a
 * message once per subscription that matches, so events that come through any other entry are duplicates.
 */
public final class ChannelTable {
    private final List<ChannelSpec> entries;

    /** In order of precedence among patterns; at least one. */
    public ChannelTable(List<String> names) {
        this.entries = names.stream().distinct().map(ChannelSpec::new).toList();
    }

    public List<ChannelSpec> entries() {
        return entries;
    }

    /** The entry that a concrete channel belongs to; null when the channel is unknown. */
    public @Nullable ChannelSpec owner(String channel) {
        ChannelSpec firstPattern = null;
        for (ChannelSpec entry : entries) {
            if (entry.isPattern()) {
                if (firstPattern == null && entry.matches(channel)) {
                    firstPattern = entry;
                }
            } else if (entry.name().equals(channel)) {
                return entry;
            }
        }
        return firstPattern;
    }

    /** True when a client may name this channel: a configured entry, literally, or a channel that belongs to one. */
    public boolean isSelectable(String channel) {
        return owner(channel) != null
                || entries.stream().anyMatch(entry -> entry.name().equals(channel));
    }
}
