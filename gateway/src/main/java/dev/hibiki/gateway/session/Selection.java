package dev.hibiki.gateway.session;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.wire.WireFormat;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client wants to hear: channels, and routes within them. Immutable; no topic twice.
 *
 * @param channels at least one
 * @param routes none for everything on these channels
 * @param lastIds of the last events that the client has seen; none for a client that is new
 */
public record Selection(List<String> channels, List<String> routes, List<String> lastIds) {
    /**
     * What a request selects.
     *
     * @param maxTopics more are refused: each is a cursor, and a merge over all of them per write
     * @param channels as named by the client; none for all configured ones
     * @param routes as named by the client; blank ones do not count
     * @param lastIds as named by the client
     */
    public static Selection of(
            ChannelTable table,
            int maxTopics,
            @Nullable List<String> channels,
            @Nullable List<String> routes,
            @Nullable List<String> lastIds)
            throws RefusedException {
        Set<String> chosen = new LinkedHashSet<>();
        for (String channel : channels == null ? List.<String>of() : channels) {
            if (!table.isSelectable(channel)) {
                throw new RefusedException(Refusal.UNKNOWN_CHANNEL, "unknown channel \"" + channel + '"');
            }
            chosen.add(channel);
        }
        boolean named = !chosen.isEmpty();
        if (!named) {
            table.entries().stream().map(ChannelSpec::name).forEach(chosen::add);
        }
        chosen.removeIf(channel -> isWithinAnother(table, channel, chosen));
        Set<String> wanted = new LinkedHashSet<>(routes == null ? List.of() : routes);
        wanted.removeIf(String::isBlank);
        long topics = (long) chosen.size() * Math.max(1, wanted.size());
        // What the operator configured is the default for everybody, however much that is.
        if (topics > maxTopics && (named || !wanted.isEmpty())) {
            throw tooMany(
                    "too many topics: " + topics + " (channels times regions; expected: at most " + maxTopics + ")");
        }
        return new Selection(List.copyOf(chosen), List.copyOf(wanted), ids(maxTopics, lastIds));
    }

    static RefusedException refused(String message) {
        return new RefusedException(Refusal.MALFORMED, message);
    }

    static RefusedException tooMany(String message) {
        return new RefusedException(Refusal.TOPICS, message);
    }

    static RefusedException forbidden(String message) {
        return new RefusedException(Refusal.FORBIDDEN, message);
    }

    /**
     * What a grant leaves of this.
     *
     * @param named whether the client named the channels, or gets those that are configured
     */
    public Selection within(Grant grant, ChannelTable table, int maxTopics, boolean named) throws RefusedException {
        return new Permission(grant.rights(), table).apply(this, maxTopics, named);
    }

    private static List<String> ids(int maxIds, @Nullable List<String> lastIds) throws RefusedException {
        List<String> ids = lastIds == null ? List.of() : List.copyOf(lastIds);
        if (ids.size() > maxIds) {
            throw refused("too many last ids: " + ids.size() + " (expected: at most " + maxIds + ")");
        }
        for (String id : ids) {
            if (id.isEmpty() || id.length() > EventIds.MAX_CHARS || id.chars().anyMatch(Character::isISOControl)) {
                throw refused("malformed last id (expected: 1 to " + EventIds.MAX_CHARS
                        + " characters, no control characters)");
            }
        }
        return ids;
    }

    /** True for a channel whose events come through a chosen pattern as well: it must not bring them twice. */
    private static boolean isWithinAnother(ChannelTable table, String channel, Set<String> chosen) {
        boolean configured =
                table.entries().stream().anyMatch(entry -> entry.name().equals(channel));
        ChannelSpec owner = table.owner(channel);
        return !configured && owner != null && chosen.contains(owner.name());
    }

    /** All of its topics, or, when there is no memory for one, none. */
    List<Topic> acquire(Hub hub, WireFormat format) {
        List<Topic> topics = new ArrayList<>();
        try {
            for (String channel : channels) {
                if (routes.isEmpty()) {
                    topics.add(hub.acquire(channel, null, format));
                }
                for (String route : routes) {
                    topics.add(hub.acquire(channel, route, format));
                }
            }
            return topics;
        } catch (RuntimeException | Error e) {
            topics.forEach(hub::release);
            throw e;
        }
    }
}
