package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.Subscription;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;

/**
 * Sends through the channel: on every transport, with TLS, and for several topics. Confined to its event loop.
 *
 * <p>The water marks of the channel are one byte, so that "writable" means "nothing is pending".
 */
final class ChannelPath extends SendPath {
    /** The largest number of runs that one write gathers from several topics. */
    private static final int MAX_RUNS = 64;

    /** When older events have to be encoded again for a client, it gets no more at once. */
    private static final int MAX_ENCODED_BYTES = 16 * 1024;

    private final int maxWriteBytes;

    ChannelPath(int maxWriteBytes) {
        this.maxWriteBytes = maxWriteBytes;
    }

    @Override
    void send(Session session, Subscription events) {
        ChannelHandlerContext ctx = session.context();
        int budget = events.encodes() ? Math.min(maxWriteBytes, MAX_ENCODED_BYTES) : maxWriteBytes;
        int runs = 0;
        ByteBuf run;
        while (runs < MAX_RUNS && budget > 0 && (run = events.poll(budget)) != null) {
            budget -= run.readableBytes();
            runs++;
            ctx.write(run, ctx.voidPromise());
        }
        if (runs > 0) {
            ctx.flush();
        }
    }

    /** Compares how many bytes are pending. Nothing is added to them while the socket is busy, so what is missing was taken. */
    @Override
    boolean hasTakenBytes(Session session) {
        ChannelOutboundBuffer pending = session.channel().unsafe().outboundBuffer();
        if (pending == null) {
            return false;
        }
        int before = session.unsentBytes;
        // To Netty, a buffer of which a part was taken is pending as a whole.
        long bytes = pending.totalPendingWriteBytes() - pending.currentProgress();
        session.unsentBytes = (int) Math.max(0, Math.min(Integer.MAX_VALUE, bytes));
        return session.unsentBytes < before;
    }
}
