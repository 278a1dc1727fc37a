package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.OverBudget;
import dev.hibiki.gateway.runtime.CidrSet;
import dev.hibiki.gateway.runtime.ClientAddress;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpRequest;
import java.net.InetAddress;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a session may begin, whatever its protocol: who may come in, and how many a second, from one address and
 * in all. Clients that come back all at once must not starve those inside. Thread-safe.
 *
 * <p>It asks in two steps. {@link #authenticate} comes first: the rate of the address is checked before the token, which
 * costs more than all else, so that wrong tokens count too. {@link #admit} comes last, when all else is known to be right: a
 * client that would be refused anyway must not spend what is there for all.
 */
public final class Admission {
    /** How many seconds of its rate an address may use at once: a whole office comes back together. */
    private static final int ADDRESS_BURST_SECONDS = 10;

    private final CidrSet trusted;
    private final OverBudget overBudget;
    private final int maxPerUser;
    private final UserSessions users;
    private final TokenReader tokens;
    private final Refusals refusals;
    private final LongSupplier nanoClock;
    private final @Nullable AddressBuckets byAddress;
    private final @Nullable TokenBucket inAll;

    public Admission(
            GatewayConfig.Edge config,
            UserSessions users,
            TokenReader tokens,
            Refusals refusals,
            LongSupplier nanoClock) {
        long now = nanoClock.getAsLong();
        int ofAddress = config.handshakes().perAddress();
        this.trusted = config.trustedProxies();
        this.overBudget = config.handshakes().overBudget();
        this.maxPerUser = config.limits().maxSessionsPerUser();
        this.users = users;
        this.tokens = tokens;
        this.refusals = refusals;
        this.nanoClock = nanoClock;
        this.byAddress = ofAddress == 0 ? null : new AddressBuckets(ofAddress, ADDRESS_BURST_SECONDS * ofAddress, now);
        this.inAll = config.handshakes().rate() == 0
                ? null
                : new TokenBucket(
                        config.handshakes().rate(), config.handshakes().burst(), now);
    }

    /** @return what the client's token gives; null where no token is asked for */
    public @Nullable Grant authenticate(Channel channel, HttpRequest request) throws RefusedException {
        if (byAddress != null && !byAddressTakes(byAddress, ClientAddress.of(channel))) {
            refusals.refused(channel, Refusal.ADDRESS_HANDSHAKES, "too many new sessions a second of this address");
            throw new RefusedException(Refusal.ADDRESS_HANDSHAKES, "too many new sessions from this address")
                    .retryLater();
        }
        try {
            return tokens.verify(request);
        } catch (TokenException e) {
            throw RefusedException.of(e);
        }
    }

    private boolean byAddressTakes(AddressBuckets buckets, InetAddress address) {
        return trusted.contains(address) || buckets.take(AddressKey.of(address), nanoClock.getAsLong());
    }

    /**
     * Takes from the budgets of the user and of all.
     *
     * @param grant as {@link #authenticate} gave it
     */
    public void admit(Channel channel, @Nullable Grant grant) throws RefusedException {
        // Where several loops ask at once it may let in one too many each.
        if (maxPerUser > 0 && users.of(grant) >= maxPerUser) {
            refusals.refused(channel, Refusal.USER_SESSIONS, "too many sessions of this user");
            throw new RefusedException(Refusal.USER_SESSIONS, "too many sessions of this user").retryLater();
        }
        if (inAll != null && !inAll.take(nanoClock.getAsLong())) {
            refusals.refused(channel, Refusal.HANDSHAKE_RATE, "too many new sessions a second");
            throw new RefusedException(Refusal.HANDSHAKE_RATE, "too many new sessions at once").retryLater();
        }
    }

    /** True when a WebSocket over {@link Refusal#HANDSHAKE_RATE} is accepted, told so, and closed. */
    public boolean acceptsOverBudget() {
        return overBudget == OverBudget.ACCEPT;
    }
}
