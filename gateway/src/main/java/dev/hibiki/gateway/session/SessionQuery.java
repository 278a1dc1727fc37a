package dev.hibiki.gateway.session;

import dev.hibiki.gateway.runtime.TcpInfo;
import dev.hibiki.gateway.session.SessionList.SessionInfo;
import org.jspecify.annotations.Nullable;

/**
 * A query for sessions. Immutable.
 *
 * @param region only sessions with this region label; null for all
 * @param channel only sessions that read this channel, or some of its routes; null for all
 * @param user only sessions with this subject of their token; null for all
 * @param limit the largest number of sessions in the answer
 * @param order the order, which also decides which sessions the limit keeps
 */
public record SessionQuery(
        @Nullable String region,
        @Nullable String channel,
        @Nullable String user,
        int limit,
        Order order) {
    public static final int MAX_LIMIT = 1000;

    /** The sessions with the highest value come first. */
    public enum Order {
        LAG,
        AGE,
        RTT,
        RETRANSMITS;

        /** The value to compare by; negative when it is not known. Called on the session's loop. */
        long keyOf(Session session) {
            return switch (this) {
                case LAG -> session.subscription().lagBytes();
                case AGE -> session.ageMs();
                case RTT, RETRANSMITS -> keyOf(TcpInfo.of(session.channel()));
            };
        }

        /** The value at the time of the snapshot. */
        long keyOf(SessionInfo session) {
            return switch (this) {
                case LAG -> session.lagBytes();
                case AGE -> session.ageMs();
                case RTT, RETRANSMITS -> keyOf(session.tcp());
            };
        }

        private long keyOf(@Nullable TcpInfo tcp) {
            return tcp == null ? -1 : this == RTT ? tcp.rttUs() : tcp.retransmits();
        }
    }

    boolean matches(Session session) {
        return (user == null || user.equals(session.loop.grants().userOf(session)))
                && (region == null || region.equals(session.profile.region().toString()))
                && (channel == null
                        || session.subscription().topics().stream()
                                .anyMatch(topic -> topic.channel().equals(channel)));
    }
}
