package dev.hibiki.gateway.canary;

import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.session.ClientProfile;
import dev.hibiki.gateway.session.CloseReason;
import dev.hibiki.gateway.session.Protocol;
import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.session.SessionLoop;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import java.util.List;

/**
 * Makes a session that reads a detached topic, so that its events go exactly the way of all events. But the session enters
 * no group: no limit, list, metric or drain contains it. It has no heartbeat and no timeout, because the
 * {@link CanaryClient} at the other end watches it. Confined to its event loop.
 */
final class LoopProbe extends ChannelInboundHandlerAdapter {
    private final Hub hub;
    private final Topic topic;
    private final ProbeProtocol protocol;
    private final Session session;

    /** @param topic a detached topic of this hub */
    LoopProbe(Sessions sessions, SessionLoop loop, Hub hub, Topic topic) {
        this.hub = hub;
        this.topic = topic;
        this.protocol = new ProbeProtocol(hub.format());
        this.session =
                new Session(loop, new ClientProfile(protocol, sessions.regions().of(null), null));
    }

    /** Sends a ping, which tells the reader that every later event will come. */
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.channel().config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 1));
        ctx.pipeline().replace(this, "session", session);
        ChannelHandlerContext context = ctx.pipeline().context(session);
        session.start(session.loop.shard().subscribe(session, List.of(hub.acquire(topic))));
        protocol.writePing(session);
        context.flush();
    }

    /** The reader says nothing of interest. */
    private static final class ProbeProtocol extends Protocol {
        ProbeProtocol(WireFormat format) {
            super("canary", format, false);
        }

        @Override
        protected void read(Session session, ByteBuf bytes) {
            bytes.release();
        }

        @Override
        protected void writePing(Session session) {
            ByteBuf ping = session.context().alloc().directBuffer(2);
            WebSocketFormat.writePing(ping);
            session.context().write(ping, session.context().voidPromise());
        }

        /** The session is only ever aborted. */
        @Override
        protected void writeEnd(Session session, CloseReason reason) {
            session.disconnect();
        }
    }
}
