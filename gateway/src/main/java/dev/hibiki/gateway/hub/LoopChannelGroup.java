package dev.hibiki.gateway.hub;

import io.netty.channel.Channel;
import io.netty.channel.ChannelId;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelGroupFuture;
import io.netty.channel.group.ChannelMatcher;
import io.netty.channel.group.ChannelMatchers;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.AbstractSet;
import org.jspecify.annotations.Nullable;

/**
 * A Netty {@link ChannelGroup} whose channels all live on one event loop, and which is itself confined to that loop.
 *
 * <p>Netty's own group is a concurrent map with a listener per channel. A broadcast through it costs a task, a queue entry
 * and a promise per channel. Events do not go that way (see {@link LoopShard}), so a shard does not keep such a group. The
 * rare operations on all channels, such as closing, make a temporary Netty group.
 */
abstract class LoopChannelGroup extends AbstractSet<Channel> implements ChannelGroup {
    private final String name;
    private final EventExecutor executor;

    LoopChannelGroup(String name, EventExecutor executor) {
        this.name = name;
        this.executor = executor;
    }

    private ChannelGroup snapshot() {
        ChannelGroup group = new DefaultChannelGroup(name, executor);
        group.addAll(this);
        return group;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public @Nullable Channel find(ChannelId id) {
        for (Channel channel : this) {
            if (channel.id().equals(id)) {
                return channel;
            }
        }
        return null;
    }

    @Override
    public ChannelGroup flush() {
        return flush(ChannelMatchers.all());
    }

    @Override
    public ChannelGroup flush(ChannelMatcher matcher) {
        for (Channel channel : this) {
            if (matcher.matches(channel)) {
                channel.flush();
            }
        }
        return this;
    }

    @Override
    public ChannelGroupFuture write(Object message) {
        return snapshot().write(message);
    }

    @Override
    public ChannelGroupFuture write(Object message, ChannelMatcher matcher) {
        return snapshot().write(message, matcher);
    }

    @Override
    public ChannelGroupFuture write(Object message, ChannelMatcher matcher, boolean voidPromise) {
        return snapshot().write(message, matcher, voidPromise);
    }

    @Override
    public ChannelGroupFuture writeAndFlush(Object message) {
        return snapshot().writeAndFlush(message);
    }

    @Override
    public ChannelGroupFuture writeAndFlush(Object message, ChannelMatcher matcher) {
        return snapshot().writeAndFlush(message, matcher);
    }

    @Override
    public ChannelGroupFuture writeAndFlush(Object message, ChannelMatcher matcher, boolean voidPromise) {
        return snapshot().writeAndFlush(message, matcher, voidPromise);
    }

    @Deprecated
    @Override
    public ChannelGroupFuture flushAndWrite(Object message) {
        return snapshot().writeAndFlush(message);
    }

    @Deprecated
    @Override
    public ChannelGroupFuture flushAndWrite(Object message, ChannelMatcher matcher) {
        return snapshot().writeAndFlush(message, matcher);
    }

    @Override
    public ChannelGroupFuture disconnect() {
        return snapshot().disconnect();
    }

    @Override
    public ChannelGroupFuture disconnect(ChannelMatcher matcher) {
        return snapshot().disconnect(matcher);
    }

    @Override
    public ChannelGroupFuture close() {
        return snapshot().close();
    }

    @Override
    public ChannelGroupFuture close(ChannelMatcher matcher) {
        return snapshot().close(matcher);
    }

    @Deprecated
    @Override
    public ChannelGroupFuture deregister() {
        return snapshot().deregister();
    }

    @Deprecated
    @Override
    public ChannelGroupFuture deregister(ChannelMatcher matcher) {
        return snapshot().deregister(matcher);
    }

    @Override
    public ChannelGroupFuture newCloseFuture() {
        return snapshot().newCloseFuture();
    }

    @Override
    public ChannelGroupFuture newCloseFuture(ChannelMatcher matcher) {
        return snapshot().newCloseFuture(matcher);
    }

    @Override
    public int compareTo(ChannelGroup other) {
        return name.compareTo(other.name());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
