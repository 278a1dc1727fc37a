package dev.hibiki.gateway.session;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.hub.Subscriber;
import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.hub.log.PinnableSegment;
import dev.hibiki.gateway.runtime.PeerFailure;
import dev.hibiki.gateway.runtime.RingSender;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A client that was let in and reads topics: all state of it. Confined to its event loop. It is the last handler of its
 * pipeline. {@link SessionState} is its life: it begins with {@link #enter}, ends with {@link #close} or {@link #abort}, which
 * both go through {@link #leave}, and is over when the channel is closed and the kernel has let go of its bytes.
 * Many sessions share these: {@link SendPath} sends events, {@link Protocol} says everything else to the client,
 * {@link SlowReaders} has the rules for slow clients, and {@link HeartbeatWheel} finds clients that are gone.
 * The fields fill 56 bytes (JDK 25 with compact headers); one more would cost 8 for each connection. So the state shares a
 * byte with six flags, and {@link ClientProfile} has what many clients have in common.
 */
public final class Session extends ChannelInboundHandlerAdapter implements Subscriber, RingSender.Sender {
    static final int SEND_SCHEDULED = 4; // The lowest two bits are those of the state.
    /** The send in the ring was canceled. Nothing is sent after it, even if the kernel has taken a part of it. */
    static final int SEND_CANCELED = 8;
    // Since the last beat of the wheel: the client has said something, the kernel has taken bytes, a ping was written.
    static final int HEARD = 16;
    static final int TOOK_BYTES = 32;
    static final int PINGED = 64;
    static final int JOINING = 128; // It waits for the channels of some topics.

    public final SessionLoop loop;
    /** Its own object until {@link #enter}, then the shared one of its loop. */
    ClientProfile profile;

    private @Nullable ChannelHandlerContext context;
    /** Null except while the session is open. */
    private @Nullable Subscription subscription;
    /** Null, nearly always, while the protocol has nothing to remember of this client. */
    private Protocol.@Nullable State protocolState;

    private byte flags = HEARD;
    /** In 32 bits, so that {@link #ageMs} is right for 49 days. */
    private int enteredMs;

    short groupSlot; // Its place in the SessionGroup.
    int groupIndex = SessionGroup.NONE;
    /** For how many ticks the socket has been busy and has taken no bytes; see {@link SlowReaders}. */
    short quietTicks;

    short slot = RingSender.NO_SLOT; // The send in progress; the first three only in the ring.

    @Nullable PinnableSegment sendingFrom;

    int sendOffset;
    /** How many of its bytes the kernel had not taken when this was last looked at. */
    int unsentBytes;

    public Session(SessionLoop loop, ClientProfile profile) {
        this.loop = loop;
        this.profile = profile;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    SessionState state() {
        return SessionState.of(flags);
    }

    private void become(SessionState next) {
        flags = state().to(next).in(flags);
    }

    boolean hasFlag(int flag) {
        return (flags & flag) != 0;
    }

    void setFlag(int flag, boolean value) {
        flags = (byte) (value ? flags | flag : flags & ~flag);
    }

    public boolean isOpen() {
        return subscription != null;
    }

    /** The topics and cursors of an open session. */
    Subscription subscription() {
        return Objects.requireNonNull(subscription);
    }

    /** Where to write, once the session is in a pipeline. */
    public ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }

    public Channel channel() {
        return context().channel();
    }

    Protocol protocol() {
        return profile.protocol();
    }

    @Override
    public WireFormat format() {
        return protocol().format();
    }

    @Override
    public boolean readsNotices() {
        return protocol().readsNotices();
    }

    public Protocol.@Nullable State protocolState() {
        return protocolState;
    }

    public void protocolState(Protocol.@Nullable State state) {
        protocolState = state;
    }

    long ageMs() {
        return Integer.toUnsignedLong(loop.clock().nowMs() - enteredMs);
    }

    /** The path of its events. It is chosen once: a session that has got a slot uses the ring. */
    SendPath path() {
        return slot == RingSender.NO_SLOT ? loop.channelPath() : loop.ringPath();
    }

    /**
     * Enters the group of its loop; from here on events are sent. Called once. When it fails, all that it has done is undone.
     *
     * @return where the client's events begin; null when the client has gone, or must wait and is greeted later
     */
    public @Nullable JoinResult enter(Selection asked, @Nullable Grant grant) {
        if (!channel().isActive()) {
            become(SessionState.CLOSED);
            return null;
        }
        enteredMs = loop.clock().nowMs();
        Subscription events = loop.shard().subscribe(this);
        try {
            loop.add(this, grant);
            JoinResult start = SessionJoin.enter(this, events, asked);
            SessionLog.opened(this, asked, start);
            start(events);
            return start;
        } catch (RuntimeException | Error e) {
            subscription = null;
            events.close();
            path().release(this);
            loop.remove(this);
            become(SessionState.CLOSED);
            throw e;
        }
    }

    /**
     * From new to open: sends what the subscription reads, from now on. A session that does not {@link #enter} is in no
     * group: no limit, list, metric, heartbeat or drain knows of it.
     *
     * @param events the session closes it in the end
     */
    public void start(Subscription events) {
        slot = loop.acquireSlot(this, events);
        subscription = events;
        SendPath.sendMore(this); // A client that resumes may have missed events.
        become(SessionState.OPEN);
    }

    @Override
    public void onEvents() {
        path().onNews(this);
    }

    @Override
    public void onLagged() {
        if (isOpen()) {
            loop.slowReaders().onOverrun(this);
        }
    }

    /** True while the socket takes bytes: no send is in progress. */
    @Override
    public boolean isIdle() {
        return sendingFrom == null && channel().isWritable();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (isIdle()) {
            SendPath.onIdle(this);
        }
    }

    @Override
    public void onSent(int result) {
        loop.ringPath().onSent(this, result);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) throws Exception {
        protocol().read(this, (ByteBuf) bytes);
    }

    public void markAlive() {
        setFlag(HEARD, true);
    }

    /**
     * Ends an open session in order: sends no more events, tells the client the reason after the send in progress, and
     * resets the socket when the client has not closed it after the linger time.
     */
    public void close(CloseReason reason) {
        if (isOpen()) {
            leave(reason);
            loop.closing(this, reason);
            if (sendingFrom == null) { // A control frame must not be written into the middle of an event.
                writeEnd();
            }
        }
    }

    /** Tells the client why the session is closing, unless that was done, or the session was aborted. */
    void writeEnd() {
        CloseReason reason = loop.takeReason(this);
        if (reason != null) {
            protocol().writeEnd(this, reason);
        }
    }

    /** Ends an open session, or one that is closing: resets the socket. Nothing more is written. */
    public void abort(CloseReason reason) {
        if (isOpen()) {
            leave(reason);
        }
        loop.takeReason(this);
        path().resetSocket(this);
    }

    /** Closes the socket of a session that is closing. Client and gateway have said everything. */
    public void disconnect() {
        path().closeSocket(this, context());
    }

    /** From open to closing: counts and logs the end, and gives back what the session has of its loop and of the hub. */
    private void leave(CloseReason reason) {
        Subscription events = subscription();
        subscription = null;
        become(SessionState.CLOSING);
        events.close(); // First, as it always succeeds.
        if (groupIndex != SessionGroup.NONE) {
            SessionLog.closed(this, reason);
            loop.left(this, reason);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        try {
            if (protocolState != null) {
                protocol().onClosed(this);
            }
        } finally {
            protocolState = null;
            if (isOpen()) {
                leave(CloseReason.GONE);
            }
            path().onChannelClosed(this);
        }
    }

    /** From closing to closed. */
    void becomeClosed() {
        if (state() == SessionState.CLOSING) {
            become(SessionState.CLOSED);
            path().release(this);
            loop.closed(this);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (PeerFailure.matches(cause)) {
            abort(CloseReason.GONE);
        } else if (!protocol().onError(this, cause)) {
            SessionLog.failed(this, cause);
            abort(CloseReason.ERROR);
        }
    }
}
