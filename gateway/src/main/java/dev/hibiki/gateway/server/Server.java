package dev.hibiki.gateway.server;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.edge.Connections;
import dev.hibiki.gateway.edge.Edge;
import dev.hibiki.gateway.edge.Origins;
import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.http.Router;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.EventLoops;
import dev.hibiki.gateway.runtime.Transport;
import dev.hibiki.gateway.session.SessionSwap;
import dev.hibiki.gateway.tls.TlsTermination;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** The two listeners: clients on one, operators and publishers on the other. Nothing of the one is on the other. */
public final class Server implements AutoCloseable {
    /** Clients send no bodies worth mentioning. */
    private static final int MAX_CLIENT_BODY_BYTES = 4096;

    private final Listener clients;
    private final Listener admin;
    private final @Nullable TlsTermination tls;

    private final Connections connections;

    private Server(Listener clients, Listener admin, Connections connections, @Nullable TlsTermination tls) {
        this.clients = clients;
        this.admin = admin;
        this.connections = connections;
        this.tls = tls;
    }

    /** Turns a client connection's pipeline, as built here, into a session's. */
    public static SessionSwap sessionSwap() {
        return new SessionSwap(HttpInitializer.CODEC, HttpInitializer.HTTP_HANDLERS);
    }

    /**
     * Opens both listeners.
     *
     * @throws IOException that names the address that cannot be had, or the file that is no certificate; then nothing is left open
     */
    public static Server open(
            GatewayConfig config,
            EventLoops loops,
            ByteBufAllocator allocator,
            GatewayMetrics metrics,
            Router clientRoutes,
            Router adminRoutes,
            Refusals refusals)
            throws IOException {
        TlsTermination tls = config.tls() == null ? null : TlsTermination.open(config.tls(), metrics);
        try {
            return open(config, loops, allocator, tls, clientRoutes, adminRoutes, refusals);
        } catch (IOException e) {
            closeIfThere(tls);
            throw e;
        }
    }

    private static Server open(
            GatewayConfig config,
            EventLoops loops,
            ByteBufAllocator allocator,
            @Nullable TlsTermination tls,
            Router clientRoutes,
            Router adminRoutes,
            Refusals refusals)
            throws IOException {
        Edge entrance = new Edge(config.edge(), Origins.of(config), refusals);
        Listener clients = Listener.open(
                address(config.listen()),
                loops.clients(),
                loops.transport(),
                allocator,
                new HttpInitializer(clientRoutes, MAX_CLIENT_BODY_BYTES, entrance, tls));
        try {
            // Second: as soon as it answers, somebody may be told that clients can come.
            Listener admin = Listener.open(
                    address(config.admin()),
                    loops.admin(),
                    Transport.NIO,
                    allocator,
                    new HttpInitializer(adminRoutes, config.limits().maxPublishBytes(), null, null));
            return new Server(clients, admin, entrance.connections(), tls);
        } catch (IOException e) {
            clients.close();
            throw e;
        }
    }

    private static void closeIfThere(@Nullable TlsTermination tls) {
        if (tls != null) {
            tls.close();
        }
    }

    private static InetSocketAddress address(GatewayConfig.Listen listen) {
        return new InetSocketAddress(listen.host(), listen.port());
    }

    public int clientPort() {
        return clients.port();
    }

    public int adminPort() {
        return admin.port();
    }

    /** Open connections of clients, sessions or not. */
    public int clientSockets() {
        return connections.open();
    }

    /** How many of those there may be. */
    public int maxClientSockets() {
        return connections.max();
    }

    /** Addresses that those connections are counted under. */
    public int clientAddresses() {
        return connections.addresses();
    }

    /** Takes no more clients; those inside stay. */
    public void closeToClients() {
        clients.close();
    }

    @Override
    public void close() {
        clients.close();
        admin.close();
        closeIfThere(tls);
    }
}
