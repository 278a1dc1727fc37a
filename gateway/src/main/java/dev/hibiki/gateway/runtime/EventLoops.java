package dev.hibiki.gateway.runtime;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The threads that drive sockets: one group for clients, and one thread for the admin listener so that it never waits for them. */
public final class EventLoops implements AutoCloseable {
    /**
     * A loop that is told to end closes its channels in its next turn, but without a quiet period it may end before that:
     * when it is told between its look at the state and the end of its turn.
     */
    private static final int QUIET_MS = 50;

    private static final int TIMEOUT_MS = 1_000;

    private static final long STUCK_MS = 3_000;

    private final Transport transport;
    private final EventLoopGroup clients;
    private final EventLoopGroup admin;

    public EventLoops(Transport transport, int clientLoops) {
        this.transport = transport;
        this.clients = newGroup(clientLoops, "hibiki-loop", transport);
        this.admin = newGroup(1, "hibiki-admin", Transport.NIO);
    }

    private static EventLoopGroup newGroup(int loops, String name, Transport transport) {
        return new MultiThreadIoEventLoopGroup(loops, new DefaultThreadFactory(name), transport.ioHandlers());
    }

    public Transport transport() {
        return transport;
    }

    public EventLoopGroup clients() {
        return clients;
    }

    public EventLoopGroup admin() {
        return admin;
    }

    /** Each loop that serves clients, once. */
    public List<EventLoop> clientLoops() {
        List<EventLoop> loops = new ArrayList<>();
        for (EventExecutor executor : clients) {
            loops.add((EventLoop) executor);
        }
        return loops;
    }

    /** Closes what is still open and ends the threads. Waits for them, but not for one that is stuck. */
    @Override
    public void close() {
        clients.shutdownGracefully(QUIET_MS, TIMEOUT_MS, TimeUnit.MILLISECONDS);
        admin.shutdownGracefully(QUIET_MS, TIMEOUT_MS, TimeUnit.MILLISECONDS);
        clients.terminationFuture().awaitUninterruptibly(STUCK_MS);
        admin.terminationFuture().awaitUninterruptibly(STUCK_MS);
    }
}
