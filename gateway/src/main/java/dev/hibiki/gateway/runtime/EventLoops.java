package dev.hibiki.gateway.runtime;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The event loops: a group for clients, and one loop for the admin listener, which therefore never waits for clients. */
public final class EventLoops implements AutoCloseable {
    /**
     * Without a quiet period, a loop may end before it has closed its channels: when the request to end arrives between
     * its check of the state and the end of its round.
     */
    private static final int QUIET_MS = 50;

    private static final int TIMEOUT_MS = 1_000;

    private static final long STUCK_MS = 3_000;

    private final Transport transport;
    private final EventLoopGroup clients;
    private final EventLoopGroup admin;
    private volatile boolean closed;

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

    /** The loops that serve clients. */
    public List<EventLoop> clientLoops() {
        List<EventLoop> loops = new ArrayList<>();
        for (EventExecutor executor : clients) {
            loops.add((EventLoop) executor);
        }
        return loops;
    }

    /** Says that a loop has ended while this is open, for want of memory for instance; null while all live. Any thread. */
    public @Nullable String ended() {
        for (EventLoopGroup group : List.of(clients, admin)) {
            for (EventExecutor loop : group) {
                if (loop.isShuttingDown() && !closed) {
                    return group == admin ? "the admin loop has ended" : "an event loop has ended";
                }
            }
        }
        return null;
    }

    /** Closes the channels that are still open, and ends the threads. Does not wait longer for a thread that is stuck. */
    @Override
    public void close() {
        closed = true;
        clients.shutdownGracefully(QUIET_MS, TIMEOUT_MS, TimeUnit.MILLISECONDS);
        admin.shutdownGracefully(QUIET_MS, TIMEOUT_MS, TimeUnit.MILLISECONDS);
        clients.terminationFuture().awaitUninterruptibly(STUCK_MS);
        admin.terminationFuture().awaitUninterruptibly(STUCK_MS);
    }
}
