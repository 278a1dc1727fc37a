package dev.hibiki.gateway.auth;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.Glob;
import java.util.List;

/**
 * What the holder of a token may read: the channels and regions that match one of these, with the wildcards of PSUBSCRIBE.
 * Immutable.
 */
public record Rights(List<String> channels, List<String> regions) {
    private static final String ALL = "*";

    /** True for a channel, or for a configured pattern, all of whose channels may be read. */
    public boolean allowsChannel(String channel, List<ChannelSpec> configured) {
        boolean pattern = configured.stream()
                .anyMatch(entry -> entry.isPattern() && entry.name().equals(channel));
        return channels.stream().anyMatch(right -> pattern ? covers(right, channel) : Glob.matches(right, channel));
    }

    /** Whether all that a pattern matches is within a right; it may say no where a closer look would say yes. */
    private static boolean covers(String right, String pattern) {
        if (right.equals(pattern)) {
            return true;
        }
        String prefix = right.substring(0, Math.max(0, right.length() - 1));
        return right.endsWith(ALL) && !Glob.isPattern(prefix) && pattern.startsWith(prefix);
    }

    public boolean allowsRegion(String region) {
        return regions.stream().anyMatch(right -> Glob.matches(right, region));
    }

    /** True when events of all regions, and those without one, may be read. */
    public boolean allowsAllRegions() {
        return regions.contains(ALL);
    }

    /** True when all regions that may be read can be told one by one. */
    public boolean listsRegions() {
        return regions.stream().noneMatch(Glob::isPattern);
    }
}
