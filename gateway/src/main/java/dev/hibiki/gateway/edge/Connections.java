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

/**
 * The open connections of clients, in all and by address. Thread-safe; what concerns one channel is called on its event
 * loop.
 *
 * <p>A connection counts from {@link #opened} until it is closed, however that comes about, and always under the address
 * that {@link ClientAddress} names at the time, unless that is a trusted proxy's. So nothing is kept per connection, not
 * even a listener of its own. One that is refused counts too, until it is closed.
 */
public final class Connections {
    /** Files that are no client's: jars, Redis, operators, and connections that are being refused. */
    static final int RESERVED_FILES = 256;

    /** So many that are refused may stay until they have been told why. */
    static final int MAX_BEING_TOLD = 64;

    private final int max;
    private final int maxPerAddress;
    private final CidrSet trusted;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger beingTold = new AtomicInteger();
    private final AddressCounts byAddress = new AddressCounts();
    private final ChannelFutureListener whenClosed = future -> closed(future.channel());
    private final ChannelFutureListener whenTold = future -> beingTold.decrementAndGet();

    Connections(GatewayConfig.Edge config) {
        this.max = config.connections().max() == 0
                ? derived(OpenFiles.limit())
                : config.connections().max();
        this.maxPerAddress = config.connections().maxPerAddress();
        this.trusted = config.trustedProxies();
    }

    /** Shows these figures in the metrics. */
    public void register(GatewayMetrics metrics) {
        metrics.gauge("hibiki.sockets", "Open connections of clients, sessions or not", this::open);
        metrics.gauge("hibiki.sockets.max", "How many connections of clients there may be", () -> max);
        metrics.gauge("hibiki.addresses", "Addresses whose connections are counted and limited", this::addresses);
    }

    static int derived(long fileLimit) {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(fileLimit / 2, fileLimit - RESERVED_FILES));
    }

    /** A client has connected. @return why it is one too many; null when it is not */
    @Nullable Refusal opened(Channel channel) {
        int all = open.incrementAndGet();
        Refusal refusal = count(ClientAddress.of(channel));
        channel.closeFuture().addListener(whenClosed);
        return all > max ? Refusal.CONNECTIONS : refusal;
    }

    /** Its client is somewhere else than was known. @return why it is one too many there; null when it is not */
    @Nullable Refusal moved(Channel channel, InetAddress address) {
        InetAddress before = ClientAddress.of(channel);
        if (before.equals(address) || !channel.isOpen()) {
            return null;
        }
        uncount(before);
        ClientAddress.tell(channel, address);
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

    /** Whether a connection that is refused may stay until its request has come and is answered. */
    boolean mayBeTold(Channel channel) {
        if (beingTold.incrementAndGet() > MAX_BEING_TOLD) {
            beingTold.decrementAndGet();
            return false;
        }
        channel.closeFuture().addListener(whenTold);
        return true;
    }

    public int open() {
        return open.get();
    }

    /** How many addresses have connections; none where they are not limited. */
    int addresses() {
        return byAddress.addresses();
    }
}
