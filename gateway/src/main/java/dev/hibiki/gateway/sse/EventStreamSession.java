package dev.hibiki.gateway.sse;

import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.hub.ResumeOutcome;
import dev.hibiki.gateway.session.ClientProfile;
import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.session.SessionLoop;
import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.ControlMessages;
import dev.hibiki.gateway.wire.EventStreamFormat;
import dev.hibiki.gateway.wire.RetryWindow;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;

/**
 * A session over Server-Sent Events. Confined to its event loop. Bytes from the client are dropped; a client that is
 * gone is found when the kernel cannot deliver.
 */
final class EventStreamSession extends Session {
    private static final ByteBuf COMMENT = shared(EventStreamFormat::writeComment);

    private final WireFormat format;

    EventStreamSession(SessionLoop loop, ClientProfile profile, WireFormat format) {
        super(loop, profile);
        this.format = format;
    }

    @Override
    protected String kind() {
        return "sse";
    }

    @Override
    protected WireFormat wireFormat() {
        return format;
    }

    @Override
    public boolean readsNotices() {
        return true;
    }

    @Override
    public void writeGreeting(ChannelHandlerContext out, JoinResult start) {
        // A browser reconnects after exactly this delay. Each gets another one, so that they do not come all at once.
        ByteBuf hello = out.alloc().directBuffer();
        EventStreamFormat.writeHello(
                RetryWindow.AFTER_LOSS.draw(), start.lastId(), start.resumed() == ResumeOutcome.GAP, hello);
        out.writeAndFlush(hello, out.voidPromise());
    }

    @Override
    protected void writePing(ChannelHandlerContext ctx) {
        markAlive(); // There is no answer to a comment: the kernel or the stall timeout finds a client that is gone.
        ctx.write(COMMENT.duplicate(), ctx.voidPromise());
    }

    @Override
    protected void writeEnd(ChannelHandlerContext ctx, CloseCode code) {
        ByteBuf end = ctx.alloc().directBuffer();
        RetryWindow window = RetryWindow.AFTER_END;
        EventStreamFormat.writeBye(
                ControlMessages.bye(code.code(), window.minMs(), window.maxMs()), window.draw(), end);
        EventStreamFormat.writeEnd(end);
        ctx.writeAndFlush(end).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
    }
}
