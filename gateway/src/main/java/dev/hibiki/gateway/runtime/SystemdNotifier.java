package dev.hibiki.gateway.runtime;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd the state of the gateway, by datagrams to the Unix socket in {@code NOTIFY_SOCKET} (sd_notify(3)).
 * Thread-safe. It works on a thread of its own, which exists only when there is such a socket.
 *
 * <p>READY=1 is sent when events can arrive for the first time. So {@code systemctl restart} returns when the next gateway
 * may be restarted. WATCHDOG=1 is sent while every client loop runs its tasks and nothing else asks for a
 * restart. Without it, systemd restarts the process.
 *
 * <p>The JDK has no datagrams on Unix sockets, but Netty's native epoll has.
 */
public final class SystemdNotifier implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SystemdNotifier.class);
    private static final long TICK_MS = 500;
    private static final long LAST_WORD_MS = 1_000;

    private final @Nullable EventLoopGroup thread;
    private final @Nullable Channel channel;
    private final boolean watchdog;
    private final AtomicInteger silentLoops = new AtomicInteger();
    private String lastStatus = "";
    private @Nullable String lastFatal;
    private boolean ready;
    private volatile boolean stopping;

    private SystemdNotifier(@Nullable EventLoopGroup thread, @Nullable Channel channel, boolean watchdog) {
        this.thread = thread;
        this.channel = channel;
        this.watchdog = watchdog;
    }

    /** Reads {@code NOTIFY_SOCKET} and {@code WATCHDOG_USEC}. Without a socket, nothing is ever sent. */
    public static SystemdNotifier of(Map<String, String> environment) {
        String socket = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (socket.isEmpty()) {
            return new SystemdNotifier(null, null, false);
        }
        if (!Epoll.isAvailable()) {
            log.warn(
                    "Cannot report to systemd, since native epoll is not available: set Type=exec and WatchdogSec=0 in the unit");
            return new SystemdNotifier(null, null, false);
        }
        // An abstract address begins with a zero byte, which is written as @.
        DomainSocketAddress address =
                new DomainSocketAddress(socket.startsWith("@") ? '\0' + socket.substring(1) : socket);
        EventLoopGroup thread = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("hibiki-service", true), EpollIoHandler.newFactory());
        ChannelFuture connected = new Bootstrap()
                .group(thread)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(address)
                .awaitUninterruptibly();
        if (!connected.isSuccess()) {
            log.warn("Cannot report to systemd at {}", socket, connected.cause());
            thread.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
            return new SystemdNotifier(null, null, false);
        }
        return new SystemdNotifier(thread, connected.channel(), isWatched(environment));
    }

    private static boolean isWatched(Map<String, String> environment) {
        String pid = environment.getOrDefault("WATCHDOG_PID", "");
        return environment.containsKey("WATCHDOG_USEC")
                && (pid.isEmpty()
                        || pid.equals(Long.toString(ProcessHandle.current().pid())));
    }

    /**
     * Starts to report readiness, status and liveness.
     *
     * @param loops the loops that must run their tasks
     * @param fatal the reason for a restart of the process, null when it needs none; not called after {@link #stopping}
     */
    public void watch(
            Collection<? extends Executor> loops,
            Supplier<@Nullable String> fatal,
            BooleanSupplier isReady,
            Supplier<String> status) {
        if (thread != null) {
            thread.scheduleAtFixedRate(() -> tick(loops, fatal, isReady, status), 0, TICK_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void tick(
            Collection<? extends Executor> loops,
            Supplier<@Nullable String> fatal,
            BooleanSupplier isReady,
            Supplier<String> status) {
        try {
            if (!ready && isReady.getAsBoolean()) {
                ready = true;
                send("READY=1");
            }
            String now = status.get();
            if (!stopping && !now.equals(lastStatus)) {
                lastStatus = now;
                send("STATUS=" + now.replace('\n', ' '));
            }
            if (watchdog && !isDying(stopping ? null : fatal.get())) {
                askLoops(loops);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            log.warn(
                    "Could not report to systemd; the next report follows in a moment",
                    e); // An exception would end the periodic task.
        }
    }

    private boolean isDying(@Nullable String fatal) {
        if (fatal != null && lastFatal == null) {
            log.error(
                    "The gateway has stopped its reports to the watchdog of systemd, so that systemd restarts it: {}",
                    fatal);
        }
        lastFatal = fatal;
        return fatal != null;
    }

    private void askLoops(Collection<? extends Executor> loops) {
        if (silentLoops.get() > 0) {
            return;
        }
        send("WATCHDOG=1");
        silentLoops.set(loops.size());
        for (Executor loop : loops) {
            loop.execute(silentLoops::decrementAndGet);
        }
    }

    /** Reports that the gateway has begun to end. */
    public void stopping() {
        stopping = true;
        send("STOPPING=1\nSTATUS=Closing sessions");
    }

    private void send(String state) {
        if (channel != null) {
            channel.writeAndFlush(Unpooled.copiedBuffer(state, StandardCharsets.UTF_8))
                    .addListener(sent -> {
                        if (!sent.isSuccess()) {
                            log.debug("Could not send {} to systemd", state, sent.cause());
                        }
                    });
        }
    }

    @Override
    public void close() {
        if (thread != null) {
            thread.shutdownGracefully(0, LAST_WORD_MS, TimeUnit.MILLISECONDS).awaitUninterruptibly(LAST_WORD_MS);
        }
    }
}
