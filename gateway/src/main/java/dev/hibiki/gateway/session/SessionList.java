package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.runtime.ConnectionFields;
import dev.hibiki.gateway.runtime.TcpInfo;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link SessionQuery}. Immutable.
 *
 * @param sessions the first sessions that match, in the order of the query and up to its limit
 * @param total the sums over all sessions that match
 */
public record SessionList(List<SessionInfo> sessions, Totals total) {
    /** @param byKind the number of sessions of each kind */
    public record Totals(int sessions, long lagBytes, long maxLagBytes, Map<String, Integer> byKind) {}

    /** The answer of one loop. */
    record Part(List<SessionInfo> sessions, Totals total) {}

    static SessionList of(List<Part> parts, SessionQuery query) {
        List<SessionInfo> all = new ArrayList<>();
        int sessions = 0;
        long lagBytes = 0;
        long maxLagBytes = 0;
        Map<String, Integer> byKind = new TreeMap<>();
        for (Part part : parts) {
            all.addAll(part.sessions());
            sessions += part.total().sessions();
            lagBytes += part.total().lagBytes();
            maxLagBytes = Math.max(maxLagBytes, part.total().maxLagBytes());
            part.total().byKind().forEach((kind, count) -> byKind.merge(kind, count, Integer::sum));
        }
        SessionQuery.Order order = query.order();
        all.sort((a, b) -> Long.compare(order.keyOf(b), order.keyOf(a)));
        return new SessionList(
                all.stream().limit(query.limit()).toList(), new Totals(sessions, lagBytes, maxLagBytes, byKind));
    }

    /**
     * A snapshot of one session. Immutable.
     *
     * @param user the subject of its token; null without one
     * @param region the region label
     * @param channels the channels that it reads; at most {@value #MAX_SHOWN} of them
     * @param regions the routes that it reads; at most {@value #MAX_SHOWN} of them, and none when it reads whole channels
     * @param topics the number of all its topics
     * @param tcp null when the transport does not provide it
     */
    public record SessionInfo(
            String id,
            String address,
            @Nullable String user,
            @Nullable String userAgent,
            String kind,
            String region,
            List<String> channels,
            List<String> regions,
            int topics,
            long ageMs,
            long lagBytes,
            int lagEvents,
            @Nullable TcpInfo tcp) {

        private static final int MAX_SHOWN = 64;

        static SessionInfo of(Session session) {
            Subscription events = session.subscription();
            Channel channel = session.channel();
            List<Topic> topics = events.topics();
            return new SessionInfo(
                    ConnectionFields.id(channel),
                    ConnectionFields.address(channel),
                    session.loop.grants().userOf(session),
                    session.profile.userAgent(),
                    session.protocol().kind(),
                    session.profile.region().toString(),
                    topics.stream()
                            .map(Topic::channel)
                            .distinct()
                            .sorted()
                            .limit(MAX_SHOWN)
                            .toList(),
                    topics.stream()
                            .map(Topic::route)
                            .filter(Objects::nonNull)
                            .distinct()
                            .sorted()
                            .limit(MAX_SHOWN)
                            .toList(),
                    topics.size(),
                    session.ageMs(),
                    events.lagBytes(),
                    events.lagEvents(),
                    TcpInfo.of(channel));
        }
    }
}
