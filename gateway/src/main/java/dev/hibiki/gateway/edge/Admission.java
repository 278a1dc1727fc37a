package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.OverBudget;
import dev.hibiki.gateway.runtime.CidrSet;
import dev.hibiki.gateway.runtime.ClientAddress;
import dev.hibiki.gateway.runtime.HeapUse;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpRequest;
import java.net.InetAddress;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a session may start, in any protocol: checks the token, and limits the new sessions per second of one
 * address and of all, so that clients that return all at once do not slow down the connected ones. Thread-safe.
 *
 * <p>There are two steps. {@link #authenticate} comes first. It checks the rate of the address before the token, because
 * verifying is the most expensive check, and because wrong tokens must count too. {@link #admit} comes last, when the rest
 * of the request is known to be valid: a client that is refused anyway must not use up the budget of all.
 */
public final class Admission {
    /** An address may use the budget of this many seconds at once: all clients of an office return together. */
    private static final int ADDRESS_BURST_SECONDS = 10;

    private final CidrSet trusted;
    private final GatewayConfig.Handshakes handshakes;
    private final int maxPerUser;
    private final UserSessions users;
    private final TokenReader tokens;
    private final Refusals refusals;
    private final UnknownParameters unknownParameters;
    private final BooleanSupplier logMemoryIsFull;
    private final LongSupplier nanoClock;
    private final @Nullable AddressBuckets addressBuckets;
    private final @Nullable TokenBucket totalBucket;

    public Admission(
            GatewayConfig.Edge config,
            UserSessions users,
            TokenReader tokens,
            Refusals refusals,
            BooleanSupplier logMemoryIsFull,
            LongSupplier nanoClock) {
        long now = nanoClock.getAsLong();
        this.handshakes = config.handshakes();
        int perSecond = handshakes.perAddress();
        this.trusted = config.trustedProxies();
        this.maxPerUser = config.limits().maxSessionsPerUser();
        this.users = users;
        this.tokens = tokens;
        this.refusals = refusals;
        this.unknownParameters = new UnknownParameters(refusals.metrics(), tokens.isInQuery());
        this.logMemoryIsFull = logMemoryIsFull;
        this.nanoClock = nanoClock;
        this.addressBuckets =
                perSecond == 0 ? null : new AddressBuckets(perSecond, ADDRESS_BURST_SECONDS * perSecond, now);
        this.totalBucket = handshakes.rate() == 0 ? null : new TokenBucket(handshakes.rate(), handshakes.rate(), now);
    }

    /** @return the grant of the client's token; null when the gateway requires no tokens */
    public @Nullable Grant authenticate(Channel channel, HttpRequest request) throws RefusedException {
        if (addressBuckets != null && !takeFromAddress(addressBuckets, ClientAddress.of(channel))) {
            String limit = " (expected: at most " + handshakes.perAddress() + " a second)";
            throw refuse(channel, Refusal.ADDRESS_HANDSHAKES, "too many new sessions from this address" + limit);
        }
        try {
            return tokens.verify(request);
        } catch (TokenException e) {
            throw RefusedException.of(e);
        }
    }

    /** Notes what has no effect in the query of a client whose token is right. */
    public void noteParameters(Channel channel, StreamQuery query) {
        unknownParameters.check(channel, query);
    }

    private boolean takeFromAddress(AddressBuckets buckets, InetAddress address) {
        return trusted.contains(address) || buckets.take(AddressKey.of(address), nanoClock.getAsLong());
    }

    /**
     * Checks the memory and the limit of the user, and takes from the budget of all.
     *
     * @param grant the result of {@link #authenticate}
     */
    public void admit(Channel channel, @Nullable Grant grant) throws RefusedException {
        if (logMemoryIsFull.getAsBoolean()) {
            throw refuse(channel, Refusal.LOG_MEMORY, "the memory of all logs is used up");
        }
        if (HeapUse.share() >= HeapUse.FULL) {
            refusals.refused(channel, Refusal.HEAP, "the heap is nearly full; give Java more with -Xmx");
            throw new RefusedException(Refusal.HEAP, "no memory for more clients").retryLater();
        }
        // When several loops check at once, each may admit one session too many.
        if (maxPerUser > 0 && users.of(grant) >= maxPerUser) {
            String limit = " (expected: at most " + maxPerUser + ')';
            throw refuse(channel, Refusal.USER_SESSIONS, "too many sessions of this user" + limit);
        }
        if (totalBucket != null && !totalBucket.take(nanoClock.getAsLong())) {
            String limit = " (expected: at most " + handshakes.rate() + " a second)";
            throw refuse(channel, Refusal.HANDSHAKE_RATE, "too many new sessions at once" + limit);
        }
    }

    /** Counts and logs a refusal because of a limit. */
    private RefusedException refuse(Channel channel, Refusal reason, String message) {
        refusals.refused(channel, reason, message);
        return new RefusedException(reason, message).retryLater();
    }

    /** True when a WebSocket over {@link Refusal#HANDSHAKE_RATE} is upgraded first and then closed with a close code. */
    public boolean acceptsOverBudget() {
        return handshakes.overBudget() == OverBudget.ACCEPT;
    }
}
