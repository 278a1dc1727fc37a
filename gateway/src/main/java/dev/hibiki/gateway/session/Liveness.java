package dev.hibiki.gateway.session;

import io.netty.channel.ChannelHandlerContext;

/** Whether the client of a session is still there. Confined to its event loop. */
abstract class Liveness extends EventSender {
    static final String STALLED = "stalled";

    /** For how many ticks the socket has been busy and accepted nothing. */
    private short stalledTicks;

    // Where the heartbeat wheel keeps this session.
    short wheelSlot;
    int wheelIndex;

    Liveness(SessionLoop loop) {
        super(loop);
        set(HEARD, true);
    }

    /** Writes one ping to the channel, without flushing. */
    protected abstract void writePing(ChannelHandlerContext ctx);

    /** Leaves the hub without a word to the client. */
    protected abstract void leave(String reason);

    /** Closes without waiting for the peer. */
    abstract void reset(ChannelHandlerContext ctx);

    @Override
    protected void onTaken() {
        set(TOOK_BYTES, true);
        stalledTicks = 0;
    }

    /** Once per tick of the loop. */
    void checkStall(int maxTicks) {
        if (isIdle()) {
            stalledTicks = 0;
        } else if (++stalledTicks > maxTicks) {
            leave(STALLED);
            reset(context());
        }
    }

    /** The client has shown that it is there. */
    protected void seen() {
        set(HEARD, true);
    }

    /** Once per ping interval. */
    void beat() {
        ChannelHandlerContext ctx = context();
        boolean busy = !isIdle();
        // The kernel takes bytes, and the ping, for a peer that is gone. Only when a full socket empties has the peer
        // taken them, and then its pong may still be far behind.
        if (!is(HEARD) && !(is(TOOK_BYTES) && (busy || !is(PINGED)))) {
            leave("dead");
            reset(ctx);
            return;
        }
        set(HEARD, false);
        set(TOOK_BYTES, false);
        set(PINGED, !busy);
        if (!busy) {
            writePing(ctx);
            ctx.flush();
        }
    }
}
