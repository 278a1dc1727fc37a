package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.config.ConfigLoader;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.Objects;

/** The edge of a gateway with these flags, without sockets. Confined to the thread of the test. */
final class TestEdge implements AutoCloseable {
    final GatewayMetrics metrics = new GatewayMetrics();
    final Edge edge;

    TestEdge(String... flags) {
        try {
            GatewayConfig config = Objects.requireNonNull(
                    new ConfigLoader("v", Map.of(), Plugins.builtIn().sources())
                            .load(flags)
                            .config());
            edge = new Edge(config.edge(), Origins.of(config), new Refusals(metrics), Integer.MAX_VALUE);
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** A connection from this address. */
    static EmbeddedChannel from(String peer, ChannelHandler... handlers) {
        InetSocketAddress address = new InetSocketAddress(peer, 50_000);
        return new EmbeddedChannel(handlers) {
            @Override
            protected SocketAddress remoteAddress0() {
                return address;
            }
        };
    }

    double refused(Refusal reason) {
        return metrics.registry()
                .counter("hibiki.refused", "reason", reason.label())
                .count();
    }

    @Override
    public void close() {
        metrics.close();
    }
}
