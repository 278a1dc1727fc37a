package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.CidrSet;
import dev.hibiki.gateway.runtime.ClientAddress;
import dev.hibiki.gateway.runtime.OpenFiles;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the open connections of clients, in total and by address, and applies their limits. Thread-safe; a method with a
 * channel parameter is called on the channel's event loop.
 *
 * <p>A connection counts from {@link #opened} until it is closed for whatever reason. It counts under its current
 * {@link ClientAddress}, unless that is the address of a trusted proxy. So no memory is needed per connection, not even
 * for a listener. A refused connection counts too, until it is closed.
 */
public final class Connections {
    private static final Logger log = LoggerFactory.getLogger(Connections.class);

    /**
     * File descriptors for other purposes: jars, Redis, the admin port, and connections that are being refused. Half of them,
     * where fewer than twice as many may be open.
     */
    static final int RESERVED_FILES = 256;

    /** The limit in many a shell is 1,024. */
    private static final int FEW_FILES = 4_096;

    /** The most refused connections that may stay open until their request is answered. */
    static final int MAX_AWAITING_REPLY = 64;

    private final int max;
    private final int maxPerAddress;
    private final CidrSet trusted;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger awaitingReply = new AtomicInteger();
    private final AddressCounts byAddress = new AddressCounts();
    private final ChannelFutureListener whenClosed = future -> closed(future.channel());
    private final ChannelFutureListener whenReplyDone = future -> awaitingReply.decrementAndGet();

    Connections(GatewayConfig.Edge config, int mostForMemory) {
        this.max = max(config.connections().max(), OpenFiles.limit(), mostForMemory);
        this.maxPerAddress = config.connections().maxPerAddress();
        this.trusted = config.trustedProxies();
    }

    /** Shows these figures in the metrics. */
    public void register(GatewayMetrics metrics) {
        metrics.gauge("hibiki.sockets", "Open connections of clients, sessions or not", this::open);
        metrics.gauge("hibiki.sockets.max", "How many connections of clients there may be", () -> max);
        metrics.gauge("hibiki.addresses", "Addresses whose connections are counted and limited", this::addresses);
    }

    /** @param asked 0 for as many as are possible */
    static int max(int asked, long fileLimit, int mostForMemory) {
        int possible = (int) Math.min(Integer.MAX_VALUE, Math.max(fileLimit / 2, fileLimit - RESERVED_FILES));
        if (asked > possible) {
            log.warn(
                    "--max-connections {} is more than {} open files allow: at most {} connections of clients are let in, and"
                            + " the rest is kept for Redis and operators. Raise the limit with ulimit -n, or with LimitNOFILE"
                            + " of systemd",
                    asked,
                    fileLimit,
                    possible);
        }
        int max = asked == 0 ? Math.min(possible, mostForMemory) : Math.min(asked, possible);
        if (max > mostForMemory) {
            log.warn(
                    "--max-connections {} is more than this machine or container has memory for: the kernel may kill the gateway"
                            + " when there are more than {}",
                    asked,
                    mostForMemory);
        } else if (max < possible && asked == 0) {
            log.info(
                    "At most {} connections of clients are let in: this machine or container has no memory for more",
                    max);
        }
        if (asked == 0 && fileLimit < FEW_FILES) {
            log.warn(
                    "At most {} connections of clients are let in: this process may open only {} files. Raise that with ulimit -n,"
                            + " or with LimitNOFILE of systemd",
                    max,
                    fileLimit);
        }
        return max;
    }

    /** Counts a new connection. @return the limit that it exceeds; null when it exceeds none */
    @Nullable Refusal opened(Channel channel) {
        int all = open.incrementAndGet();
        Refusal refusal = count(ClientAddress.of(channel));
        channel.closeFuture().addListener(whenClosed);
        return all > max ? Refusal.CONNECTIONS : refusal;
    }

    /** Counts a connection under another client address. @return the limit that it exceeds; null when it exceeds none */
    @Nullable Refusal addressChanged(Channel channel, InetAddress address) {
        InetAddress before = ClientAddress.of(channel);
        if (before.equals(address) || !channel.isOpen()) {
            return null;
        }
        uncount(before);
        ClientAddress.set(channel, address);
        return count(address);
    }

    private void closed(Channel channel) {
        open.decrementAndGet();
        uncount(ClientAddress.of(channel));
    }

    private @Nullable Refusal count(InetAddress address) {
        return isCounted(address) && byAddress.add(AddressKey.of(address)) > maxPerAddress
                ? Refusal.ADDRESS_CONNECTIONS
                : null;
    }

    private void uncount(InetAddress address) {
        if (isCounted(address)) {
            byAddress.remove(AddressKey.of(address));
        }
    }

    private boolean isCounted(InetAddress address) {
        return maxPerAddress > 0 && !trusted.contains(address);
    }

    /** Says which limit of connections was exceeded. */
    String problem(Refusal reason) {
        boolean perAddress = reason == Refusal.ADDRESS_CONNECTIONS;
        return "too many connections" + (perAddress ? " from this address" : "") + " (expected: at most "
                + (perAddress ? maxPerAddress : max) + ')';
    }

    /** Whether a refused connection may stay open until its request has arrived and is answered. */
    boolean mayStayForReply(Channel channel) {
        if (awaitingReply.incrementAndGet() > MAX_AWAITING_REPLY) {
            awaitingReply.decrementAndGet();
            return false;
        }
        channel.closeFuture().addListener(whenReplyDone);
        return true;
    }

    public int open() {
        return open.get();
    }

    /** The number of addresses that have connections; 0 when connections per address are not limited. */
    int addresses() {
        return byAddress.addresses();
    }
}
