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
 * One session at one moment. Immutable.
 *
 * @param user whose token it was let in with; null without
 * @param region the label it counts under
 * @param channels what it reads, at most {@value #MAX_SHOWN} of them
 * @param regions which parts of those it reads, at most as many; none for everything
 * @param topics how many channels and regions of channels it reads in all
 * @param tcp null where the transport does not tell
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

    /** Of channels, and of regions. */
    private static final int MAX_SHOWN = 64;

    static SessionInfo of(Session session, Subscription events) {
        Channel channel = session.channel();
        List<Topic> topics = events.topics();
        return new SessionInfo(
                ConnectionFields.id(channel),
                ConnectionFields.address(channel),
                session.user(),
                session.traits().userAgent(),
                session.kind(),
                session.region().toString(),
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
