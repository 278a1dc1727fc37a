package dev.hibiki.gateway.http;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.Networks;
import dev.hibiki.gateway.config.OverBudget;
import dev.hibiki.gateway.metrics.Refusal;
import dev.hibiki.gateway.runtime.AddressKey;
import dev.hibiki.gateway.runtime.ClientAddress;
import dev.hibiki.gateway.session.UserSessions;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.InetAddress;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets so many sessions begin a second, from one address and in all: clients that come back all at once must not starve
 * those inside. Thread-safe.
 */
public final class Admission {
    /** How many seconds of its rate an address may use at once: a whole office comes back together. */
    private static final int ADDRESS_BURST_SECONDS = 10;

    private final Networks trusted;
    private final OverBudget overBudget;
    private final int maxPerUser;
    private final UserSessions users;
    private final Refusals refusals;
    private final LongSupplier nanoClock;
    private final @Nullable AddressBuckets byAddress;
    private final @Nullable TokenBucket inAll;

    public Admission(GatewayConfig.Edge config, UserSessions users, Refusals refusals, LongSupplier nanoClock) {
        long now = nanoClock.getAsLong();
        int ofAddress = config.handshakesPerAddress();
        this.trusted = config.trustedProxies();
        this.overBudget = config.overBudget();
        this.maxPerUser = config.maxSessionsPerUser();
        this.users = users;
        this.refusals = refusals;
        this.nanoClock = nanoClock;
        this.byAddress = ofAddress == 0 ? null : new AddressBuckets(ofAddress, ADDRESS_BURST_SECONDS * ofAddress, now);
        this.inAll = config.handshakeRate() == 0
                ? null
                : new TokenBucket(config.handshakeRate(), config.handshakeBurst(), now);
    }

    /**
     * Asked before the client's token is looked at, which costs more than all else: wrong ones count too.
     *
     * @return why no session may begin; null when one may
     */
    public @Nullable Refusal refusalOfAddress(Channel channel) {
        if (byAddress == null || byAddressTakes(byAddress, ClientAddress.of(channel))) {
            return null;
        }
        refusals.refused(channel, Refusal.ADDRESS_HANDSHAKES, "too many new sessions a second of this address");
        return Refusal.ADDRESS_HANDSHAKES;
    }

    /**
     * Asked when it is known who the client is. Where several loops ask at once it may let in one too many each.
     *
     * @param grant null where no token is asked for
     * @return why no session may begin; null when one may
     */
    public @Nullable Refusal refusalOfUser(Channel channel, @Nullable Grant grant) {
        if (maxPerUser == 0 || users.of(grant) < maxPerUser) {
            return null;
        }
        refusals.refused(channel, Refusal.USER_SESSIONS, "too many sessions of this user");
        return Refusal.USER_SESSIONS;
    }

    /**
     * Asked last: who would not be let in anyway must not spend what is there for all.
     *
     * @return why no session may begin; null when one may
     */
    public @Nullable Refusal refusalOfAll(Channel channel) {
        if (inAll == null || inAll.take(nanoClock.getAsLong())) {
            return null;
        }
        refusals.refused(channel, Refusal.HANDSHAKE_RATE, "too many new sessions a second");
        return Refusal.HANDSHAKE_RATE;
    }

    private boolean byAddressTakes(AddressBuckets buckets, InetAddress address) {
        return trusted.contains(address) || buckets.take(AddressKey.of(address), nanoClock.getAsLong());
    }

    /** Whether a WebSocket that is refused for this is accepted, told so, and closed. */
    public boolean tellsAfterUpgrade(Refusal refusal) {
        return refusal == Refusal.HANDSHAKE_RATE && overBudget == OverBudget.ACCEPT;
    }

    /** Says so in HTTP. */
    public static Reply answer(Refusal refusal) {
        Reply reply = switch (refusal) {
            case ADDRESS_HANDSHAKES ->
                Reply.error(HttpResponseStatus.TOO_MANY_REQUESTS, "too many new sessions from this address");
            case USER_SESSIONS -> Reply.error(HttpResponseStatus.TOO_MANY_REQUESTS, "too many sessions of this user");
            default -> Reply.error(HttpResponseStatus.SERVICE_UNAVAILABLE, "too many new sessions at once");
        };
        return reply.header(HttpHeaderNames.RETRY_AFTER, Integer.toString(Refusals.retryAfterSeconds()));
    }
}
