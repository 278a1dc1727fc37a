package dev.hibiki.gateway.channels;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configured channels and patterns. Immutable.
 *
 * <p>One entry owns each concrete channel: the entry with its name, else the first pattern that matches. Redis sends a
 * message once for each subscription that matches. So events that come through another entry are duplicates.
 */
public final class ChannelTable {
    private final List<ChannelSpec> entries;

    /** @param names at least one; the first of two matching patterns takes precedence */
    public ChannelTable(List<String> names) {
        this.entries = names.stream().distinct().map(ChannelSpec::new).toList();
    }

    public List<ChannelSpec> entries() {
        return entries;
    }

    /** The entry that owns a concrete channel; null when the channel is unknown. */
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

    /** True when a client may name this channel: it is a configured entry, or an entry owns it. */
    public boolean isSelectable(String channel) {
        return owner(channel) != null
                || entries.stream().anyMatch(entry -> entry.name().equals(channel));
    }
}
