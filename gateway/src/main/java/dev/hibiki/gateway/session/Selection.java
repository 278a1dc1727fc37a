package dev.hibiki.gateway.session;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.options.NearestName;
import dev.hibiki.gateway.wire.WireFormat;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The channels that a client wants to read, and the routes within them. Immutable; no topic appears twice.
 *
 * @param channels at least one
 * @param routes empty for all events of these channels
 * @param lastIds the ids of the last events that the client has seen; empty for a new client. If the client named texts that
 *     cannot be ids, the first is {@link #NO_ID}
 */
public record Selection(List<String> channels, List<String> routes, List<String> lastIds) {
    /** Stands for what cannot be the id of an event, so it is unknown to every log. */
    public static final String NO_ID = "";
    /** Anybody may ask for an unknown channel. So many names are compared with it. */
    private static final int MAX_COMPARED = 64;

    /**
     * Reads the selection of a request.
     *
     * @param grant of the client; null when the gateway requires no tokens. An error names no channel that it does not allow
     * @param maxTopics the largest number of topics: each has a cursor, and each write merges all of them
     * @param channels as the client names them; null or empty for all configured ones
     * @param routes as the client names them; blank ones are ignored
     * @param lastIds as the client names them
     */
    public static Selection of(
            ChannelTable table,
            @Nullable Grant grant,
            int maxTopics,
            @Nullable List<String> channels,
            @Nullable List<String> routes,
            @Nullable List<String> lastIds)
            throws RefusedException {
        Set<String> chosen = new LinkedHashSet<>();
        for (String channel : channels == null ? List.<String>of() : channels) {
            requireShort("channel", channel);
            if (!table.isSelectable(channel)) {
                throw new RefusedException(Refusal.UNKNOWN_CHANNEL, unknown(channel, table, grant));
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
        for (String route : wanted) {
            requireShort("region", route);
        }
        long topics = (long) chosen.size() * Math.max(1, wanted.size());
        // The default selection, all configured channels, has no limit.
        if (topics > maxTopics && (named || !wanted.isEmpty())) {
            throw tooManyTopics(
                    "too many topics: " + topics + " (channels times regions; expected: at most " + maxTopics + ")");
        }
        return new Selection(List.copyOf(chosen), List.copyOf(wanted), ids(maxTopics, lastIds));
    }

    /** Names a channel that was probably meant, if there is one that the client may read. */
    private static String unknown(String channel, ChannelTable table, @Nullable Grant grant) {
        List<String> readable = table.entries().stream()
                .map(ChannelSpec::name)
                .filter(name -> grant == null || grant.rights().allowsChannel(name, table))
                .limit(MAX_COMPARED)
                .toList();
        return "unknown channel \"" + channel + '"'
                + (channel.isEmpty()
                        ? " (expected: a name; without channel= in its address a client gets all channels)"
                        : "")
                + NearestName.hint(channel, readable);
    }

    static RefusedException malformed(String message) {
        return new RefusedException(Refusal.MALFORMED, message);
    }

    static RefusedException tooManyTopics(String message) {
        return new RefusedException(Refusal.TOPICS, message);
    }

    static RefusedException forbidden(String message) {
        return new RefusedException(Refusal.FORBIDDEN, message);
    }

    /**
     * The part of this selection that a grant allows.
     *
     * @param named whether the client named the channels; otherwise they are the configured ones
     */
    public Selection permittedBy(Grant grant, ChannelTable table, int maxTopics, boolean named)
            throws RefusedException {
        return new Permission(grant.rights(), table).apply(this, maxTopics, named);
    }

    /** A name that is matched with patterns must not be long: patterns and rights are many. */
    private static void requireShort(String what, String name) throws RefusedException {
        if (ChannelSpec.isTooLong(name)) {
            throw malformed("the name of a " + what + " is too long (expected: at most " + ChannelSpec.MAX_BYTES
                    + " bytes of UTF-8)");
        }
    }

    private static List<String> ids(int maxIds, @Nullable List<String> lastIds) throws RefusedException {
        List<String> ids = lastIds == null ? List.of() : List.copyOf(lastIds);
        if (ids.size() > maxIds) {
            throw tooManyTopics("too many last ids: " + ids.size() + " (expected: at most " + maxIds + ")");
        }
        if (ids.stream().allMatch(EventIds::isUsable)) {
            return ids;
        }
        return Stream.concat(Stream.of(NO_ID), ids.stream().filter(EventIds::isUsable))
                .toList();
    }

    /** True for a channel whose events also come through a pattern in the selection. They must not come twice. */
    private static boolean isWithinAnother(ChannelTable table, String channel, Set<String> chosen) {
        ChannelSpec owner = table.owner(channel);
        return table.entry(channel) == null && owner != null && chosen.contains(owner.name());
    }

    /** Acquires all topics of the selection from the hub. When one fails, for lack of memory, it releases the others. */
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
