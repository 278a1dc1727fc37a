package dev.hibiki.gateway.session;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.wire.CloseCode;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the sessions of one loop were let in with. Confined to its event loop. Beside the sessions and not in them, so that a
 * session of a gateway without tokens is no larger for it. One with a token costs some 120 bytes, by the layout of objects: 40
 * for the grant, 16 to 24 in the map, and its subject. Rights are shared while tokens in a row give the same.
 */
public final class Grants {
    private final IdentityHashMap<Session, Grant> bySession = new IdentityHashMap<>();
    private final ChannelTable channels;

    Grants(ChannelTable channels) {
        this.channels = channels;
    }

    /** @param grant null where none is needed */
    void put(Session session, @Nullable Grant grant) {
        if (grant != null) {
            bySession.put(session, grant);
        }
    }

    /** Null where nothing is asked for. */
    public @Nullable Grant get(Session session) {
        return bySession.get(session);
    }

    void remove(Session session) {
        bySession.remove(session);
    }

    /** The regions of a channel that the session gets when it asks for these. */
    public List<String> permitted(Session session, String channel, List<String> regions) throws RefusedException {
        Grant held = get(session);
        if (held == null || !channels.isSelectable(channel)) {
            return regions;
        }
        Permission permission = new Permission(held.rights(), channels);
        permission.requireChannel(channel);
        return permission.regions(regions);
    }

    /** Puts another grant in the place of the session's. @return what is read no more, since that does not allow it */
    public List<Topic> replace(Session session, Grant renewed) {
        Subscription subscription = session.subscription();
        if (subscription == null) {
            return List.of();
        }
        put(session, renewed);
        Permission permission = new Permission(renewed.rights(), channels);
        List<Topic> lost = subscription.topics().stream()
                .filter(topic -> !permission.allows(topic))
                .toList();
        lost.forEach(subscription::remove);
        return lost;
    }

    /** Ends those whose time is up. Called once a tick: a look at 10,000 takes less time than as many timers would. */
    void endExpired(long nowMs) {
        List<Session> expired = bySession.entrySet().stream()
                .filter(entry -> entry.getValue().hasExpired(nowMs))
                .map(Map.Entry::getKey)
                .toList();
        expired.forEach(session -> session.end(CloseCode.TOKEN_EXPIRED));
    }
}
