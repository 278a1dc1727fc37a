package dev.hibiki.gateway.session;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.LagPolicy;
import dev.hibiki.gateway.hub.Topic;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The policy for a session that lags on a channel: the configured one, or the default for its kind. Immutable. */
final class LagPolicies {
    private final GatewayConfig.Lag configured;
    private final ChannelTable channels;

    LagPolicies(GatewayConfig.Lag configured, ChannelTable channels) {
        this.configured = configured;
        this.channels = channels;
    }

    /**
     * The policies for one kind of session as predicates, made once so that a check allocates nothing.
     *
     * @param closes true for a topic on which a session that lags is closed
     * @param keepsLatest true for a topic of which only the newest event of each key is sent after a lag
     */
    record Rules(Predicate<Topic> closes, Predicate<Topic> keepsLatest) {}

    Rules rules(boolean readsNotices) {
        return new Rules(
                topic -> of(topic.channel(), readsNotices) == LagPolicy.CLOSE,
                topic -> of(topic.channel(), readsNotices) == LagPolicy.LATEST);
    }

    /** @param readsNotices whether the client understands a notice of missed events */
    LagPolicy of(String channel, boolean readsNotices) {
        LagPolicy policy = configured.byChannel().get(channel);
        if (policy == null) {
            policy = ofOwner(channel);
        }
        if (policy == null) {
            policy = configured.otherwise();
        }
        return policy != null ? policy : readsNotices ? LagPolicy.SKIP : LagPolicy.CLOSE;
    }

    private @Nullable LagPolicy ofOwner(String channel) {
        ChannelSpec owner = channels.owner(channel);
        return owner == null ? null : configured.byChannel().get(owner.name());
    }
}
