package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.runtime.CidrSet;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** What all connections of clients share on their way in. Thread-safe. */
public final class Edge {
    private final GatewayConfig.Edge config;
    private final ForwardedFor forwardedFor;
    private final Origins origins;
    private final Refusals refusals;
    private final Connections connections;

    public Edge(GatewayConfig.Edge config, Origins origins, Refusals refusals) {
        this.config = config;
        this.origins = origins;
        this.forwardedFor = new ForwardedFor(config.trustedProxies());
        this.refusals = refusals;
        this.connections = new Connections(config);
    }

    /** The proxies that are believed. */
    public CidrSet trusted() {
        return config.trustedProxies();
    }

    ForwardedFor forwardedFor() {
        return forwardedFor;
    }

    /** Whose pages may read an answer. */
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

    /** A connection whose pipeline is complete. */
    public void opened(Channel channel) {
        turnAwayIf(channel, connections.opened(channel));
    }

    /** A trusted proxy has said where the client of a connection is. */
    void proxied(Channel channel, InetAddress address) {
        turnAwayIf(channel, connections.moved(channel, address));
    }

    private void turnAwayIf(Channel channel, @Nullable Refusal reason) {
        if (reason == null) {
            return;
        }
        refusals.refused(channel, reason, "too many connections");
        ClientGate gate = connections.mayBeTold(channel) ? channel.pipeline().get(ClientGate.class) : null;
        if (gate == null) {
            channel.close();
        } else {
            gate.refuse(reason);
        }
    }
}
