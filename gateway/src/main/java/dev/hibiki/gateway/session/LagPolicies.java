package dev.hibiki.gateway.session;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.LagPolicy;
import dev.hibiki.gateway.hub.Topic;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which policy holds for a session that lags on a channel. Immutable. */
final class LagPolicies {
    private final GatewayConfig.Lag configured;
    private final ChannelTable channels;

    LagPolicies(GatewayConfig.Lag configured, ChannelTable channels) {
        this.configured = configured;
        this.channels = channels;
    }

    /**
     * The rules for one kind of session, made once so that asking them allocates nothing.
     *
     * @param closes true for a topic on which who lags is sent away
     * @param keepsLatest true for a topic of which only the newest event of each key is sent after a lag
     */
    record Rules(Predicate<Topic> closes, Predicate<Topic> keepsLatest) {}

    Rules rules(boolean canBeTold) {
        return new Rules(
                topic -> of(topic.channel(), canBeTold) == LagPolicy.CLOSE,
                topic -> of(topic.channel(), canBeTold) == LagPolicy.LATEST);
    }

    /** @param canBeTold whether the client understands a notice of what it misses */
    LagPolicy of(String channel, boolean canBeTold) {
        LagPolicy policy = configured.byChannel().get(channel);
        if (policy == null) {
            policy = ofOwner(channel);
        }
        if (policy == null) {
            policy = configured.otherwise();
        }
        return policy != null ? policy : canBeTold ? LagPolicy.SKIP : LagPolicy.CLOSE;
    }

    private @Nullable LagPolicy ofOwner(String channel) {
        ChannelSpec owner = channels.owner(channel);
        return owner == null ? null : configured.byChannel().get(owner.name());
    }
}
