package dev.hibiki.gateway.redis;

import io.lettuce.core.resource.DefaultEventLoopGroupProvider;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The threads of Lettuce's connections. A thread that has ended, for want of memory for instance, is not made again. Thread-safe. */
final class WatchedLoops extends DefaultEventLoopGroupProvider implements AutoCloseable {
    private final List<EventLoopGroup> groups = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    WatchedLoops(int threads) {
        super(threads);
    }

    @Override
    public <T extends EventLoopGroup> T allocate(Class<T> type) {
        T group = super.allocate(type);
        if (!groups.contains(group)) {
            groups.add(group);
        }
        return group;
    }

    /** Says that a thread has ended; null while all live. */
    @Nullable String ended() {
        for (EventLoopGroup group : groups) {
            for (EventExecutor loop : group) {
                if (loop.isShuttingDown() && !closed) {
                    return "a thread for connections to Redis has ended";
                }
            }
        }
        return null;
    }

    @Override
    public void close() {
        closed = true;
        shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
