package dev.hibiki.gateway.sse;

import dev.hibiki.gateway.http.LingeringClose;
import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.hub.ResumeOutcome;
import dev.hibiki.gateway.session.CloseReason;
import dev.hibiki.gateway.session.Protocol;
import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.wire.ControlMessages;
import dev.hibiki.gateway.wire.EventStreamFormat;
import dev.hibiki.gateway.wire.RetryWindow;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import java.util.List;

/**
 * Server-Sent Events. Stateless; see {@link Protocol}. Bytes from the client are dropped; a client that is gone is found
 * when its kernel acknowledges nothing.
 */
final class EventStreamProtocol extends Protocol {
    private static final ByteBuf COMMENT = shared(EventStreamFormat::writeComment);

    EventStreamProtocol(WireFormat format) {
        super("sse", format, true);
    }

    @Override
    protected void writeGreeting(Session session, ChannelHandlerContext out, JoinResult start) {
        // A browser reconnects after exactly this delay. Each gets another one, so that they do not come all at once.
        ByteBuf hello = out.alloc().directBuffer();
        EventStreamFormat.writeHello(
                RetryWindow.AFTER_LOSS.draw(), start.lastId(), start.resumed() == ResumeOutcome.GAP, hello);
        out.writeAndFlush(hello, out.voidPromise());
    }

    @Override
    protected void writeLateStart(Session session, List<String> channels, List<String> regions, JoinResult start) {
        if (start.resumed() == ResumeOutcome.GAP) {
            ByteBuf gaps = session.context().alloc().directBuffer();
            channels.forEach(channel -> format().encodeGap(channel, -1, gaps));
            session.context().writeAndFlush(gaps, session.context().voidPromise());
        }
    }

    @Override
    protected void writePing(Session session) {
        session.context().write(COMMENT.duplicate(), session.context().voidPromise());
    }

    /** There is no answer to a comment. */
    @Override
    protected boolean answersPings() {
        return false;
    }

    @Override
    protected void writeEnd(Session session, CloseReason reason) {
        ByteBuf end = session.context().alloc().directBuffer();
        RetryWindow window = RetryWindow.AFTER_END;
        EventStreamFormat.writeBye(
                ControlMessages.bye(reason.code(), window.minMs(), window.maxMs()), window.draw(), end);
        session.context().writeAndFlush(end).addListener((ChannelFutureListener) EventStreamProtocol::endOutput);
    }

    /** The client closes the socket when it has read the end; what is still on the way to it is not lost. */
    private static void endOutput(ChannelFuture written) {
        if (written.isSuccess() && written.channel() instanceof DuplexChannel socket) {
            LingeringClose.endOutput(socket);
        } else {
            written.channel().close();
        }
    }

    @Override
    protected void read(Session session, ByteBuf bytes) {
        bytes.release();
    }
}
