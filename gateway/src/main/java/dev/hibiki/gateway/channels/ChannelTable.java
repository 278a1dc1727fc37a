package dev.hibiki.gateway.channels;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The configured channels and patterns. Immutable.
 *
 * <p>One entry owns each concrete channel: the entry with its name, else the first pattern that matches. Redis sends a
 * message once for each subscription that matches. So events that come through another entry are duplicates.
 */
public final class ChannelTable {
    private final List<ChannelSpec> entries;
    private final List<ChannelSpec> patterns;
    private final Map<String, ChannelSpec> byName = new HashMap<>();

    /** @param names at least one; the first of two matching patterns takes precedence */
    public ChannelTable(List<String> names) {
        this.entries = names.stream().distinct().map(ChannelSpec::new).toList();
        this.patterns = entries.stream().filter(ChannelSpec::isPattern).toList();
        entries.forEach(entry -> byName.put(entry.name(), entry));
    }

    public List<ChannelSpec> entries() {
        return entries;
    }

    /** The entry with exactly this name or pattern; null when there is none. */
    public @Nullable ChannelSpec entry(String name) {
        return byName.get(name);
    }

    /** The entry that owns a concrete channel; null when the channel is unknown. */
    public @Nullable ChannelSpec owner(String channel) {
        ChannelSpec named = byName.get(channel);
        if (named != null && !named.isPattern()) {
            return named;
        }
        if (!patterns.isEmpty()) {
            byte[] utf8 = Glob.utf8(channel);
            for (ChannelSpec pattern : patterns) {
                if (pattern.matches(utf8)) {
                    return pattern;
                }
            }
        }
        return null;
    }

    /** True when a client may name this channel: it is not too long, and it is a configured entry, or an entry owns it. */
    public boolean isSelectable(String channel) {
        return !ChannelSpec.isTooLong(channel) && (byName.containsKey(channel) || owner(channel) != null);
    }
}
