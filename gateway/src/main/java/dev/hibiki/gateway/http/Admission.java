package dev.hibiki.gateway.http;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.Networks;
import dev.hibiki.gateway.config.OverBudget;
import dev.hibiki.gateway.hub.ChannelTable;
import dev.hibiki.gateway.metrics.Refusal;
import dev.hibiki.gateway.runtime.AddressKey;
import dev.hibiki.gateway.runtime.ClientAddress;
import dev.hibiki.gateway.session.Sessions;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpRequest;
import java.net.InetAddress;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets sessions begin, whatever protocol they have: of who may have what it asks for, and so many a second, from one
 * address and in all, since clients that come back all at once must not starve those inside. Thread-safe.
 */
public final class Admission {
    /** How many seconds of its rate an address may use at once: a whole office comes back together. */
    private static final int ADDRESS_BURST_SECONDS = 10;

    private final Networks trusted;
    private final OverBudget overBudget;
    private final int maxPerUser;
    private final ChannelTable channels;
    private final Sessions sessions;
    private final Gatekeeper gatekeeper;
    private final Refusals refusals;
    private final LongSupplier nanoClock;
    private final @Nullable AddressBuckets byAddress;
    private final @Nullable TokenBucket inAll;

    public Admission(
            GatewayConfig.Edge config,
            ChannelTable channels,
            Sessions sessions,
            Gatekeeper gatekeeper,
            Refusals refusals,
            LongSupplier nanoClock) {
        long now = nanoClock.getAsLong();
        int ofAddress = config.handshakesPerAddress();
        this.trusted = config.trustedProxies();
        this.overBudget = config.overBudget();
        this.maxPerUser = config.maxSessionsPerUser();
        this.channels = channels;
        this.sessions = sessions;
        this.gatekeeper = gatekeeper;
        this.refusals = refusals;
        this.nanoClock = nanoClock;
        this.byAddress = ofAddress == 0 ? null : new AddressBuckets(ofAddress, ADDRESS_BURST_SECONDS * ofAddress, now);
        this.inAll = config.handshakeRate() == 0
                ? null
                : new TokenBucket(config.handshakeRate(), config.handshakeBurst(), now);
    }

    /**
     * Asks all that is to be asked: how many come from this address before its token is looked at, which costs more than
     * all else, so that wrong ones count too; and how many come in all last, since who would not be let in anyway must not
     * spend what is there for all.
     *
     * @param lastId the last event that the client has seen, where something newer than the query says so; else null
     * @throws RefusedException when no session may begin
     */
    public StreamRequest admit(Channel channel, HttpRequest request, @Nullable String lastId) throws RefusedException {
        if (byAddress != null && !byAddressTakes(byAddress, ClientAddress.of(channel))) {
            throw refused(channel, Refusal.ADDRESS_HANDSHAKES, "too many new sessions a second of this address");
        }
        StreamRequest asked = StreamRequest.read(request, channels, sessions, grant(request), lastId);
        // Where several loops ask at once it may let in one too many each.
        if (maxPerUser > 0 && sessions.users().of(asked.grant()) >= maxPerUser) {
            throw refused(channel, Refusal.USER_SESSIONS, "too many sessions of this user");
        }
        if (inAll != null && !inAll.take(nanoClock.getAsLong())) {
            throw refused(channel, Refusal.HANDSHAKE_RATE, "too many new sessions a second");
        }
        return asked;
    }

    private @Nullable Grant grant(HttpRequest request) throws RefusedException {
        try {
            return gatekeeper.admit(request);
        } catch (TokenException e) {
            throw RefusedException.of(e);
        }
    }

    private boolean byAddressTakes(AddressBuckets buckets, InetAddress address) {
        return trusted.contains(address) || buckets.take(AddressKey.of(address), nanoClock.getAsLong());
    }

    private RefusedException refused(Channel channel, Refusal reason, String what) {
        refusals.refused(channel, reason, what);
        return RefusedException.of(reason);
    }

    /** Whether a WebSocket that is {@link RefusedException#isOverBudget over the budget} is accepted, told so, and closed. */
    public boolean acceptsOverBudget() {
        return overBudget == OverBudget.ACCEPT;
    }
}
