package dev.hibiki.gateway.session;

import dev.hibiki.gateway.auth.Rights;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.hub.Topic;
import java.util.List;

/**
 * Applies the rights of a token to the selection of a client. Immutable. A channel or region that the client names must be
 * allowed. When the client names none, it gets all that are allowed, as far as they can be listed.
 */
record Permission(Rights rights, ChannelTable channels) {

    /** @param named whether the client named the channels; otherwise they are the configured ones */
    Selection apply(Selection wanted, int maxTopics, boolean named) throws RefusedException {
        List<String> allowed =
                wanted.channels().stream().filter(this::allowsChannel).toList();
        if (named && allowed.size() < wanted.channels().size()) {
            throw forbidden(wanted.channels().stream()
                    .filter(channel -> !allowsChannel(channel))
                    .findFirst()
                    .orElseThrow());
        }
        if (allowed.isEmpty()) {
            throw Selection.forbidden(
                    "the token allows none of the channels of this gateway; its claim channels lists others");
        }
        List<String> regions = regions(wanted.routes());
        if (named || !regions.isEmpty()) {
            // The regions that the rights list may make the selection too large.
            return Selection.of(channels, null, maxTopics, allowed, regions, wanted.lastIds());
        }
        return new Selection(allowed, regions, wanted.lastIds());
    }

    void requireChannel(String channel) throws RefusedException {
        if (!allowsChannel(channel)) {
            throw forbidden(channel);
        }
    }

    private static RefusedException forbidden(String channel) {
        return Selection.forbidden("the token does not allow the channel \"" + channel + '"');
    }

    /** These regions when there are any, else those that the rights list. */
    List<String> regions(List<String> named) throws RefusedException {
        if (rights.allowsAllRegions()) {
            return named;
        }
        if (named.isEmpty()) {
            if (rights.regions().isEmpty() || !rights.listsRegions()) {
                throw Selection.forbidden("the token does not allow all regions: name some");
            }
            return rights.regions();
        }
        for (String region : named) {
            if (!rights.allowsRegion(region)) {
                throw Selection.forbidden("the token does not allow the region \"" + region + '"');
            }
        }
        return named;
    }

    boolean allows(Topic topic) {
        String region = topic.route();
        return allowsChannel(topic.channel())
                && (region == null ? rights.allowsAllRegions() : rights.allowsRegion(region));
    }

    private boolean allowsChannel(String channel) {
        return rights.allowsChannel(channel, channels);
    }
}
