package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.util.List;
import java.util.function.Consumer;

/**
 * A protocol defines what the gateway and its clients say to each other beside events. Stateless: all sessions of one kind share it, on all
 * loops. Each method is called on the loop of the session that it gets.
 *
 * <p>The state of one client is in {@link Session}. What only some protocols need, and only at times, is a {@link State}.
 */
public abstract class Protocol {
    private final String kind;
    private final WireFormat format;
    private final boolean readsNotices;

    /** The memory that a protocol has of one client; see {@link Session#protocolState}. Confined to the loop of the session. */
    public interface State {}

    /**
     * @param kind as logs and {@code /sessions} name the protocol
     * @param format of the events
     * @param readsNotices whether clients understand a notice of missed events
     */
    protected Protocol(String kind, WireFormat format, boolean readsNotices) {
        this.kind = kind;
        this.format = format;
        this.readsNotices = readsNotices;
    }

    final String kind() {
        return kind;
    }

    public final WireFormat format() {
        return format;
    }

    final boolean readsNotices() {
        return readsNotices;
    }

    /** Bytes that are the same for all clients. The buffer is never released. */
    protected static ByteBuf shared(Consumer<ByteBuf> writer) {
        ByteBuf buffer = Unpooled.directBuffer(16);
        writer.accept(buffer);
        return Unpooled.unreleasableBuffer(buffer.asReadOnly());
    }

    /**
     * Writes the first message to the client, and flushes. Called once, after the HTTP response was written, when the client
     * has joined topics: not before a channel is loaded.
     *
     * @param out where to write, so that the message follows the response
     * @param start where the client's events begin
     */
    protected void writeGreeting(Session session, ChannelHandlerContext out, JoinResult start) {}

    /** Greets the client of a session that has entered, see {@link #writeGreeting}. */
    public static void greet(Session session, ChannelHandlerContext out, JoinResult start) {
        session.protocol().writeGreeting(session, out, start);
    }

    /**
     * Tells the client where the events of channels begin that were loaded after the greeting, and flushes.
     *
     * @param regions the regions of these channels; none for all
     */
    protected void writeLateStart(Session session, List<String> channels, List<String> regions, JoinResult start) {}

    /** Reads what the client has sent. Ownership of the bytes is taken. The session may be in any state. */
    protected abstract void read(Session session, ByteBuf bytes) throws Exception;

    /** Writes one ping, without flushing. Called while the session is open and its socket is idle. */
    protected abstract void writePing(Session session);

    /** Returns true when a client says something after each ping. Else its kernel must acknowledge the ping. */
    protected boolean answersPings() {
        return true;
    }

    /**
     * Tells the client why the session ends, and flushes. Called once while the session is closing, unless it is aborted.
     * The socket is reset later, see {@link SessionLoop#closing}, so an implementation need not close it.
     */
    protected abstract void writeEnd(Session session, CloseReason reason);

    /** The socket has become idle: writes what waited for that. Called only while there is a {@link State}. */
    protected void onIdle(Session session) {}

    /**
     * Handles an error that the client has caused, and ends the session.
     *
     * @return false when the socket or the gateway has failed
     */
    protected boolean onError(Session session, Throwable cause) {
        return false;
    }

    /** The socket is closed: releases what the state holds. Called only when there is a {@link State}. */
    protected void onClosed(Session session) throws Exception {}
}
