package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.runtime.ConnectionFields;
import dev.hibiki.gateway.runtime.TcpInfo;
import io.netty.channel.Channel;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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
