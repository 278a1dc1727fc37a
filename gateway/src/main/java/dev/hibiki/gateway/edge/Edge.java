package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.runtime.CidrSet;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** The settings and counters that all client connections share before a session starts. Thread-safe. */
public final class Edge {
    private final GatewayConfig.Edge config;
    private final ForwardedFor forwardedFor;
    private final Origins origins;
    private final Refusals refusals;
    private final Connections connections;

    /** @param mostConnections how many the memory is sufficient for */
    public Edge(GatewayConfig.Edge config, Origins origins, Refusals refusals, int mostConnections) {
        this.config = config;
        this.origins = origins;
        this.forwardedFor = new ForwardedFor(config.trustedProxies());
        this.refusals = refusals;
        this.connections = new Connections(config, mostConnections);
    }

    /** The trusted proxies. */
    public CidrSet trusted() {
        return config.trustedProxies();
    }

    ForwardedFor forwardedFor() {
        return forwardedFor;
    }

    Origins origins() {
        return origins;
    }

    public Refusals refusals() {
        return refusals;
    }

    public Connections connections() {
        return connections;
    }

    public int requestTimeoutMs() {
        return config.connections().requestTimeoutMs();
    }

    public int idleTimeoutMs() {
        return config.connections().idleTimeoutMs();
    }

    public HttpDecoderConfig decoderConfig() {
        return new HttpDecoderConfig()
                .setMaxInitialLineLength(config.connections().maxHeaderBytes())
                .setMaxHeaderSize(config.connections().maxHeaderBytes());
    }

    /** Counts a new connection, whose pipeline must be complete. */
    public void opened(Channel channel) {
        refuseIf(channel, connections.opened(channel));
    }

    /** Counts a connection under the client address that a trusted proxy gave. */
    void proxied(Channel channel, InetAddress address) {
        refuseIf(channel, connections.addressChanged(channel, address));
    }

    private void refuseIf(Channel channel, @Nullable Refusal reason) {
        if (reason == null) {
            return;
        }
        refusals.refused(channel, reason, connections.problem(reason));
        ClientRequestFilter filter =
                connections.mayStayForReply(channel) ? channel.pipeline().get(ClientRequestFilter.class) : null;
        if (filter == null) {
            channel.close();
        } else {
            filter.refuse(reason);
        }
    }
}
