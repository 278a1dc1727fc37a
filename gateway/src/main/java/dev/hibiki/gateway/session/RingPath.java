package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.hub.log.PinnableSegment;
import dev.hibiki.gateway.hub.log.Run;
import dev.hibiki.gateway.runtime.RingSender;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.unix.UnixChannel;
import io.netty.handler.ssl.SslHandler;

/**
 * Puts sends directly into the io_uring of the loop; {@link RingSender} says why, and when this is safe. Confined to that
 * loop. A segment is pinned until the kernel has taken the bytes that are sent from it.
 *
 * <p>It is for sessions of one topic without TLS, which has to see every byte. A session that reads several topics for a
 * time sends through its channel meanwhile, which gathers many short runs in one write. Control frames always go through
 * the channel, and only while no send is in the ring.
 */
final class RingPath extends SendPath {
    private final RingSender ring;
    private final SendPath channelPath;
    private final int maxWriteBytes;
    /** Each send uses it, so that a send allocates nothing. */
    private final Run run = new Run();

    RingPath(RingSender ring, SendPath channelPath, int maxWriteBytes) {
        this.ring = ring;
        this.channelPath = channelPath;
        this.maxWriteBytes = maxWriteBytes;
    }

    /** Takes a slot for a session that this path suits. {@link RingSender#NO_SLOT} for any other, and when none is free. */
    short acquireSlot(Session session, Subscription events) {
        boolean suits = events.isSingle() && session.channel().pipeline().get(SslHandler.class) == null;
        return suits ? ring.acquire(session) : RingSender.NO_SLOT;
    }

    @Override
    void release(Session session) {
        ring.release(session.slot);
        session.slot = RingSender.NO_SLOT;
    }

    @Override
    void send(Session session, Subscription events) {
        if (!events.isSingle()) {
            channelPath.send(session, events);
        } else if (events.take(maxWriteBytes, run)) {
            session.sendingFrom = run.segment();
            session.sendOffset = run.offset();
            session.unsentBytes = run.length();
            submit(session, run.segment());
        }
    }

    private void submit(Session session, PinnableSegment segment) {
        int fileDescriptor = ((UnixChannel) session.channel()).fd().intValue();
        long address = segment.address(session.sendOffset);
        if (!ring.send(session.slot, fileDescriptor, address, session.unsentBytes)) {
            onSent(session, RingSender.CANCELED);
        }
    }

    /** A send has completed; see {@link RingSender.Sender#onSent}. */
    void onSent(Session session, int result) {
        PinnableSegment segment = session.sendingFrom;
        if (segment == null) {
            return;
        }
        boolean canContinue = result > 0
                && !session.hasFlag(Session.SEND_CANCELED)
                && session.channel().isOpen();
        if (canContinue && result < session.unsentBytes) {
            onBytesTaken(session);
            session.sendOffset += result;
            session.unsentBytes -= result;
            session.loop.executeSoon(() -> resume(session, segment));
            return;
        }
        session.sendingFrom = null;
        segment.unpin();
        if (canContinue) {
            onIdle(session);
        } else {
            session.abort(CloseReason.GONE);
            if (!session.channel().isOpen()) {
                session.becomeClosed(); // Nobody else can tell that the send is over.
            }
        }
    }

    /** Sends the rest of a send of which the kernel has taken a part. */
    private void resume(Session session, PinnableSegment segment) {
        if (session.channel().isOpen() && !session.hasFlag(Session.SEND_CANCELED)) {
            submit(session, segment);
        } else {
            onSent(session, RingSender.CANCELED);
        }
    }

    /** A send in the ring tells of each part that was taken, so there is only the channel to ask. */
    @Override
    boolean hasTakenBytes(Session session) {
        return session.sendingFrom == null && channelPath.hasTakenBytes(session);
    }

    /** A send in the ring is canceled first; {@link #onSent} then closes the socket. */
    @Override
    void closeSocket(Session session, ChannelHandlerContext from) {
        if (session.sendingFrom == null) {
            from.close();
        } else {
            cancel(session);
        }
    }

    @Override
    void onChannelClosed(Session session) {
        if (session.sendingFrom == null) {
            session.becomeClosed();
        } else {
            cancel(session);
        }
    }

    private void cancel(Session session) {
        session.setFlag(Session.SEND_CANCELED, true);
        ring.cancel(session.slot);
    }
}
