package dev.hibiki.gateway.session;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelGroupException;
import io.netty.channel.group.ChannelGroupFuture;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Is done when all of these channels are closed, which cannot fail. Netty has such a future only for its own group. */
final class SessionCloseFuture extends DefaultPromise<Void> implements ChannelGroupFuture {
    private final ChannelGroup group;
    private final List<ChannelFuture> futures;
    private final AtomicInteger open;

    SessionCloseFuture(ChannelGroup group, List<ChannelFuture> closeFutures, EventExecutor executor) {
        super(executor);
        this.group = group;
        this.futures = List.copyOf(closeFutures);
        this.open = new AtomicInteger(futures.size());
        if (futures.isEmpty()) {
            setSuccess(null);
        }
        futures.forEach(future -> future.addListener(closed -> {
            if (open.decrementAndGet() == 0) {
                setSuccess(null);
            }
        }));
    }

    @Override
    public ChannelGroup group() {
        return group;
    }

    @Override
    public @Nullable ChannelFuture find(Channel channel) {
        return futures.stream()
                .filter(future -> future.channel() == channel)
                .findFirst()
                .orElse(null);
    }

    @Override
    public Iterator<ChannelFuture> iterator() {
        return futures.iterator();
    }

    @Override
    public boolean isPartialSuccess() {
        return open.get() > 0 && open.get() < futures.size();
    }

    @Override
    public boolean isPartialFailure() {
        return false;
    }

    @Override
    public @Nullable ChannelGroupException cause() {
        return null;
    }

    @Override
    public SessionCloseFuture addListener(GenericFutureListener<? extends Future<? super Void>> listener) {
        super.addListener(listener);
        return this;
    }

    @Override
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final SessionCloseFuture addListeners(GenericFutureListener<? extends Future<? super Void>>... listeners) {
        super.addListeners(listeners);
        return this;
    }

    @Override
    public SessionCloseFuture removeListener(GenericFutureListener<? extends Future<? super Void>> listener) {
        super.removeListener(listener);
        return this;
    }

    @Override
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final SessionCloseFuture removeListeners(
            GenericFutureListener<? extends Future<? super Void>>... listeners) {
        super.removeListeners(listeners);
        return this;
    }

    @Override
    public SessionCloseFuture await() throws InterruptedException {
        super.await();
        return this;
    }

    @Override
    public SessionCloseFuture awaitUninterruptibly() {
        super.awaitUninterruptibly();
        return this;
    }

    @Override
    public SessionCloseFuture sync() throws InterruptedException {
        super.sync();
        return this;
    }

    @Override
    public SessionCloseFuture syncUninterruptibly() {
        super.syncUninterruptibly();
        return this;
    }
}
