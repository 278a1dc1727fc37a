package dev.hibiki.gateway.session;

import dev.hibiki.gateway.wire.CloseCode;
import io.netty.channel.Channel;
import io.netty.channel.ChannelId;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelGroupFuture;
import io.netty.channel.group.ChannelMatcher;
import io.netty.channel.group.ChannelMatchers;
import io.netty.util.concurrent.EventExecutor;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The open sessions of one event loop, as a Netty {@link ChannelGroup}. Confined to that loop. {@link #forEach} is the way
 * to do something with many sessions. An end goes through {@link Session#close}, so that each client is told a reason.
 *
 * <p>Events are not written to this group. Each session reads them from a log, at its own pace; see {@code docs/design.md}.
 * The operations that would write are not supported, because such a write could come in the middle of an event.
 *
 * <p>It is not a {@code DefaultChannelGroup}, which is a concurrent map with an entry and a listener for each channel. Here
 * a session knows its place, and costs one reference. The places are in slots, for {@link HeartbeatWheel}.
 */
public final class SessionGroup extends AbstractSet<Channel> implements ChannelGroup {
    /** The index of a session that is in no group. */
    static final int NONE = -1;

    private final String name;
    private final EventExecutor executor;
    private final List<List<Session>> slots;
    private int size;

    /**
     * @param executor the event loop
     * @param slotCount from 1 to {@link Short#MAX_VALUE}
     */
    SessionGroup(String name, EventExecutor executor, int slotCount) {
        this.name = name;
        this.executor = executor;
        this.slots = new ArrayList<>(slotCount);
        for (int i = 0; i < slotCount; i++) {
            slots.add(new ArrayList<>());
        }
    }

    /** Puts the session into the emptier of two random slots (Mitzenmacher, 2001), so that all are about equally full. */
    void add(Session session) {
        int one = ThreadLocalRandom.current().nextInt(slots.size());
        int other = ThreadLocalRandom.current().nextInt(slots.size());
        int chosen = slots.get(one).size() <= slots.get(other).size() ? one : other;
        List<Session> slot = slots.get(chosen);
        slot.add(session);
        session.groupSlot = (short) chosen;
        session.groupIndex = slot.size() - 1;
        size++;
    }

    void remove(Session session) {
        List<Session> slot = slots.get(session.groupSlot);
        Session last = slot.remove(slot.size() - 1);
        if (last != session) {
            last.groupIndex = session.groupIndex;
            slot.set(last.groupIndex, last);
        }
        session.groupIndex = NONE;
        size--;
    }

    int slotCount() {
        return slots.size();
    }

    /** Runs the action for each session of a slot. An action may end its own session, and no other. */
    void forEachOfSlot(int slot, Consumer<Session> action) {
        List<Session> sessions = slots.get(slot);
        for (int i = sessions.size() - 1; i >= 0; i--) { // One that leaves is replaced by one that was visited.
            action.accept(sessions.get(i));
        }
    }

    /** Runs the action for each session whose channel matches. An action may end its own session, and no other. */
    public void forEach(ChannelMatcher matcher, Consumer<Session> action) {
        Consumer<Session> ifMatching = session -> {
            if (matcher.matches(session.channel())) {
                action.accept(session);
            }
        };
        for (int slot = 0; slot < slots.size(); slot++) {
            forEachOfSlot(slot, ifMatching);
        }
    }

    /** How many sessions have a channel that matches. */
    public int count(ChannelMatcher matcher) {
        int[] count = new int[1];
        forEach(matcher, session -> count[0]++);
        return count[0];
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Iterator<Channel> iterator() {
        return slots.stream().flatMap(List::stream).map(Session::channel).iterator();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public @Nullable Channel find(ChannelId id) {
        return stream().filter(channel -> channel.id().equals(id)).findFirst().orElse(null);
    }

    @Override
    public ChannelGroupFuture close() {
        return close(ChannelMatchers.all());
    }

    /** Closes the sessions with 1001, the code for a server that goes away. {@link #forEach} closes for another reason. */
    @Override
    public ChannelGroupFuture close(ChannelMatcher matcher) {
        ChannelGroupFuture closed = newCloseFuture(matcher);
        forEach(matcher, session -> session.close(CloseReason.of(CloseCode.GOING_AWAY)));
        return closed;
    }

    /** A session cannot be disconnected and stay open, so this is {@link #close()}. */
    @Override
    public ChannelGroupFuture disconnect() {
        return close();
    }

    @Override
    public ChannelGroupFuture disconnect(ChannelMatcher matcher) {
        return close(matcher);
    }

    @Override
    public ChannelGroupFuture newCloseFuture() {
        return newCloseFuture(ChannelMatchers.all());
    }

    @Override
    public ChannelGroupFuture newCloseFuture(ChannelMatcher matcher) {
        return new SessionCloseFuture(
                this,
                stream().filter(matcher::matches).map(Channel::closeFuture).toList(),
                executor);
    }

    /** Sessions leave nothing unflushed, so there is nothing to do. */
    @Override
    public ChannelGroup flush() {
        return this;
    }

    @Override
    public ChannelGroup flush(ChannelMatcher matcher) {
        return this;
    }

    @Override
    public ChannelGroupFuture write(Object message) {
        throw unsupported();
    }

    @Override
    public ChannelGroupFuture write(Object message, ChannelMatcher matcher) {
        throw unsupported();
    }

    @Override
    public ChannelGroupFuture write(Object message, ChannelMatcher matcher, boolean voidPromise) {
        throw unsupported();
    }

    @Override
    public ChannelGroupFuture writeAndFlush(Object message) {
        throw unsupported();
    }

    @Override
    public ChannelGroupFuture writeAndFlush(Object message, ChannelMatcher matcher) {
        throw unsupported();
    }

    @Override
    public ChannelGroupFuture writeAndFlush(Object message, ChannelMatcher matcher, boolean voidPromise) {
        throw unsupported();
    }

    @Deprecated
    @Override
    public ChannelGroupFuture flushAndWrite(Object message) {
        throw unsupported();
    }

    @Deprecated
    @Override
    public ChannelGroupFuture flushAndWrite(Object message, ChannelMatcher matcher) {
        throw unsupported();
    }

    @Deprecated
    @Override
    public ChannelGroupFuture deregister() {
        throw unsupported();
    }

    @Deprecated
    @Override
    public ChannelGroupFuture deregister(ChannelMatcher matcher) {
        throw unsupported();
    }

    private static UnsupportedOperationException unsupported() {
        return new UnsupportedOperationException("a session reads its events from a log: publish to the hub");
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
