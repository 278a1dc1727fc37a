package dev.hibiki.gateway.session;

import io.netty.channel.ChannelHandlerContext;

/**
 * Finds out whether the client of a session is still connected. Confined to its event loop.
 *
 * <p>There are two checks. {@link #checkAndPing} resets a session of which nothing was heard for a ping interval.
 * {@link #checkStall} resets a session whose socket has taken no bytes for the stall timeout.
 */
abstract class Liveness extends EventSender {
    static final String STALLED = "stalled";

    /** The number of ticks for which the socket has been busy and has taken no bytes. */
    private short stalledTicks;

    // The position of this session in the heartbeat wheel.
    short wheelSlot;
    int wheelIndex;

    Liveness(SessionLoop loop) {
        super(loop);
        setFlag(HEARD, true);
    }

    /** Writes one ping to the channel, without flushing. */
    protected abstract void writePing(ChannelHandlerContext ctx);

    /** Leaves the hub and sends nothing to the client. */
    protected abstract void leave(String reason);

    /** Closes without waiting for the peer. */
    abstract void reset(ChannelHandlerContext ctx);

    @Override
    protected void onBytesTaken() {
        setFlag(TOOK_BYTES, true);
        stalledTicks = 0;
    }

    /** Called once per tick of the loop. */
    void checkStall(int maxTicks) {
        if (isIdle()) {
            stalledTicks = 0;
        } else if (++stalledTicks > maxTicks) {
            leave(STALLED);
            reset(context());
        }
    }

    /** Records a sign of life of the client. */
    protected void markAlive() {
        setFlag(HEARD, true);
    }

    /** Called once per ping interval. Resets the session when its client is gone, else sends a ping. */
    void checkAndPing() {
        ChannelHandlerContext ctx = context();
        boolean busy = !isIdle();
        // The kernel also takes bytes, and the ping, for a peer that is gone: they wait in its send buffer. But when a
        // full socket has taken more bytes, the peer has taken some. Its pong may then still be far behind.
        if (!hasFlag(HEARD) && !(hasFlag(TOOK_BYTES) && (busy || !hasFlag(PINGED)))) {
            leave("dead");
            reset(ctx);
            return;
        }
        setFlag(HEARD, false);
        setFlag(TOOK_BYTES, false);
        setFlag(PINGED, !busy);
        if (!busy) {
            writePing(ctx);
            ctx.flush();
        }
    }
}
