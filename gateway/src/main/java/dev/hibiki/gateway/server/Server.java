package dev.hibiki.gateway.server;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.http.Refusals;
import dev.hibiki.gateway.http.Router;
import dev.hibiki.gateway.http.SessionSwap;
import dev.hibiki.gateway.runtime.EventLoops;
import dev.hibiki.gateway.runtime.Transport;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.net.InetSocketAddress;

/** The two listeners: clients on one, operators and publishers on the other. Nothing of the one is on the other. */
public final class Server implements AutoCloseable {
    /** Clients send no bodies worth mentioning. */
    private static final int MAX_CLIENT_BODY_BYTES = 4096;

    private final Listener clients;
    private final Listener admin;

    private Server(Listener clients, Listener admin) {
        this.clients = clients;
        this.admin = admin;
    }

    /** Turns a client connection's pipeline, as built here, into a session's. */
    public static SessionSwap sessionSwap() {
        return new SessionSwap(HttpInitializer.CODEC, HttpInitializer.HTTP_HANDLERS);
    }

    /**
     * Opens both listeners.
     *
     * @throws IOException that names the address that cannot be had; then nothing is left open
     */
    public static Server open(
            GatewayConfig config,
            EventLoops loops,
            ByteBufAllocator allocator,
            Router clientRoutes,
            Router adminRoutes,
            Refusals refusals)
            throws IOException {
        Listener admin = Listener.open(
                address(config.admin()),
                loops.admin(),
                Transport.NIO,
                allocator,
                new HttpInitializer(adminRoutes, config.limits().maxPublishBytes(), null));
        Entrance entrance = new Entrance(config.edge(), refusals);
        try {
            Listener clients = Listener.open(
                    address(config.listen()),
                    loops.clients(),
                    loops.transport(),
                    allocator,
                    new HttpInitializer(clientRoutes, MAX_CLIENT_BODY_BYTES, entrance));
            return new Server(clients, admin);
        } catch (IOException e) {
            admin.close();
            throw e;
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

    /** Takes no more clients; those inside stay. */
    public void closeToClients() {
        clients.close();
    }

    @Override
    public void close() {
        clients.close();
        admin.close();
    }
}
