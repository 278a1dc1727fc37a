package dev.hibiki.gateway.auth;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.channels.Glob;
import java.util.List;

/**
 * The rights that a token gives: it allows each channel and region that matches one of these patterns, which have the
 * wildcards of PSUBSCRIBE. Immutable.
 */
public record Rights(List<String> channels, List<String> regions) {
    private static final String ALL = "*";

    /** True for an allowed channel, and for a configured pattern when all channels that match it are allowed. */
    public boolean allowsChannel(String channel, ChannelTable configured) {
        ChannelSpec entry = configured.entry(channel);
        boolean pattern = entry != null && entry.isPattern();
        return channels.stream().anyMatch(right -> pattern ? covers(right, channel) : Glob.matches(right, channel));
    }

    /** Whether a right allows all channels of a pattern. It may answer no for a pattern that is in fact allowed. */
    private static boolean covers(String right, String pattern) {
        if (right.equals(pattern)) {
            return true;
        }
        String prefix = right.substring(0, Math.max(0, right.length() - 1));
        return right.endsWith(ALL) && !Glob.isPattern(prefix) && pattern.startsWith(prefix);
    }

    public boolean allowsRegion(String region) {
        return !ChannelSpec.isTooLong(region) && regions.stream().anyMatch(right -> Glob.matches(right, region));
    }

    /** True when events of all regions, and events without a region, are allowed. */
    public boolean allowsAllRegions() {
        return regions.contains(ALL);
    }

    /** True when the allowed regions have no wildcards, so that they can be listed. */
    public boolean listsRegions() {
        return regions.stream().noneMatch(Glob::isPattern);
    }
}
