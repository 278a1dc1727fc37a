package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.runtime.TcpInfo;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which sessions somebody wants to see. Immutable.
 *
 * @param region only those that count under this label; null for all
 * @param channel only those that read this channel, or some regions of it; null for all
 * @param limit at most so many
 * @param order which ones, and in which order
 */
public record SessionQuery(
        @Nullable String region, @Nullable String channel, int limit, Order order) {
    public static final int MAX_LIMIT = 1000;

    /** The highest first. */
    public enum Order {
        LAG,
        AGE,
        RTT,
        RETRANSMITS;

        /** By what sessions are compared; negative where that is not known. On the session's loop. */
        long keyOf(Session session) {
            return switch (this) {
                case LAG -> session.lagBytes();
                case AGE -> session.ageMs();
                case RTT, RETRANSMITS -> keyOf(TcpInfo.of(session.channel()));
            };
        }

        /** The same, as it was when the session was looked at. */
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

        /** As whoever asks writes it. */
        public String optionName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    boolean matches(Session session, Subscription events) {
        return (region == null || region.equals(session.region().toString()))
                && (channel == null
                        || events.topics().stream()
                                .anyMatch(topic -> topic.channel().equals(channel)));
    }
}
