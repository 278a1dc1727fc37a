package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.LoopShard;
import dev.hibiki.gateway.hub.Subscription;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;

/**
 * How the events of a session get to the kernel. Confined to the event loop. The sessions of a loop share a path; the state
 * of a send is in {@link Session}, which chooses its path once.
 *
 * <p>There is no queue. When the socket is idle, a session sends the bytes between its cursors and the heads of their logs.
 * While a send is in progress it does nothing. When the send is done, it reads on from the cursors.
 */
abstract class SendPath {
    /** Sends what the cursors have. Called while the loop runs tasks, and the socket is idle. */
    abstract void send(Session session, Subscription events);

    /** True when the kernel has taken bytes since the last call. Called once per tick while the socket is busy. */
    abstract boolean hasTakenBytes(Session session);

    /**
     * Closes the socket as soon as no send needs it any more.
     *
     * @param from the context from which the close goes to the socket
     */
    void closeSocket(Session session, ChannelHandlerContext from) {
        from.close();
    }

    /**
     * Closes the socket without waiting for the peer. Otherwise a socket with unsent bytes would keep them in the kernel
     * until a peer that reads nothing gives up, which can take a quarter of an hour.
     */
    final void resetSocket(Session session) {
        Channel channel = session.channel();
        if (channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            ChannelHandlerContext first = channel.pipeline().firstContext();
            // From the first handler, since TLS would wait until its close_notify is sent.
            closeSocket(session, first == null ? session.context() : first);
        }
    }

    /** The channel is closed. The session {@linkplain Session#becomeClosed becomes closed} now or when its send is done. */
    void onChannelClosed(Session session) {
        session.becomeClosed();
    }

    /** Gives back what the session has of this path. */
    void release(Session session) {}

    /** A sweep has found new events. */
    final void onNews(Session session) {
        if (session.isOpen() && session.isIdle() && hasMuchToSend(session)) {
            sendMore(session); // Not within the sweep, since it takes time.
        } else {
            sendNew(session);
        }
    }

    /** True for a session that resumes, for instance: it sends in turns, so that the live events of the others do not wait. */
    static boolean hasMuchToSend(Session session) {
        return session.subscription().hasMuchMore(session.loop.settings().maxWriteBytes());
    }

    /** Sends the new events of an open session, unless its socket is busy. Called while the loop runs tasks. */
    final void sendNew(Session session) {
        if (!session.isOpen() || !session.isIdle()) {
            return;
        }
        Subscription events = session.subscription();
        if (events.lagged()) {
            session.onLagged();
        } else {
            try {
                send(session, events);
            } catch (RuntimeException | Error e) { // There was no memory for it, for instance. The others go on.
                SessionLog.failed(session, e);
                session.abort(CloseReason.ERROR);
            }
        }
    }

    /** Schedules a send for the loop's next round of tasks, when the session has more events. */
    static void sendMore(Session session) {
        sendMore(session, false);
    }

    private static void sendMore(Session session, boolean goesOn) {
        if (!session.hasFlag(Session.SEND_SCHEDULED) && session.subscription().hasMore()) {
            session.loop.sendSoon(session, goesOn);
            session.setFlag(Session.SEND_SCHEDULED, true); // Not before: there may be no memory for the task.
        }
    }

    /** The kernel has taken a part of a send, or all of it. */
    static void onBytesTaken(Session session) {
        session.setFlag(Session.TOOK_BYTES, true);
        session.quietTicks = 0;
    }

    /** The kernel has taken everything. */
    static void onIdle(Session session) {
        onBytesTaken(session);
        session.unsentBytes = 0;
        if (!session.isOpen()) {
            session.writeEnd();
            return; // Nothing may follow a close frame (RFC 6455, section 5.5.1).
        }
        if (session.protocolState() != null) {
            session.protocol().onIdle(session);
        }
        if (session.hasFlag(Session.JOINING)) {
            retryJoins(session);
        }
        if (session.isOpen()) {
            session.subscription().sent();
            sendMore(session, true);
        }
    }

    /** Joins topics whose channels are loaded now, if the session is open and idle. */
    static void retryJoins(Session session) {
        if (session.isOpen()) {
            LoopShard shard = session.loop.shard();
            Subscription events = session.subscription();
            shard.retryJoins(events);
            session.setFlag(Session.JOINING, shard.hasWaitingJoins(events));
        }
    }
}
