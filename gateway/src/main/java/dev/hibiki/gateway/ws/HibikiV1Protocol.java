package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.session.CloseReason;
import dev.hibiki.gateway.session.Grants;
import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.session.TopicChange;
import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.ControlMessages;
import dev.hibiki.gateway.wire.RetryWindow;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The subprotocol {@code hibiki.v1}, which adds control messages to WebSocket. The client is told where its events begin, of which channel
 * events are lost, and when to reconnect. It may change its topics and renew its token. Stateless.
 */
final class HibikiV1Protocol extends WebSocketProtocol {
    /** The limit for answers that wait. A client above it sends messages without reading the answers, and is closed. */
    private static final int MAX_WAITING_BYTES = 64 * 1024;

    HibikiV1Protocol(WireFormat format) {
        super("ws+" + HibikiV1.NAME, format, true);
    }

    @Override
    protected void writeGreeting(Session session, ChannelHandlerContext out, JoinResult start) {
        Grant grant = session.loop.grants().get(session);
        long expiresSeconds = grant == null ? -1 : grant.secondsLeft();
        int pingSeconds = Math.max(1, session.loop.settings().pingIntervalMs() / 1000);
        writeText(out, ControlMessages.hello(start.resumed().label(), start.lastId(), pingSeconds, expiresSeconds));
        out.flush();
    }

    private static void writeText(ChannelHandlerContext ctx, byte[] message) {
        ByteBuf frame = ctx.alloc().directBuffer(message.length + WebSocketFormat.MAX_HEADER_BYTES);
        WebSocketFormat.writeText(message, frame);
        ctx.write(frame, ctx.voidPromise());
    }

    @Override
    protected void writeEnd(Session session, CloseReason reason) {
        FrameReader reading = reader(session);
        ByteBuf waiting = reading == null ? null : reading.takeWaiting();
        ChannelHandlerContext ctx = session.context();
        if (waiting != null) {
            ctx.write(waiting, ctx.voidPromise()); // An error message may be among them.
        }
        if (reason.mayReconnect()) {
            RetryWindow window = RetryWindow.AFTER_END;
            writeText(ctx, ControlMessages.bye(reason.code(), window.minMs(), window.maxMs()));
        }
        super.writeEnd(session, reason);
    }

    @Override
    protected void onMessage(Session session, ByteBuf payload) {
        byte @Nullable [] answer;
        try {
            ClientMessage message = ClientMessage.parse(ByteBufUtil.getBytes(payload));
            answer = switch (message.type()) {
                case SUBSCRIBE -> subscribe(session, message);
                case UNSUBSCRIBE -> unsubscribe(session, message);
                case AUTH -> authenticate(session, String.valueOf(message.token()));
            };
        } catch (ClientMessage.MalformedException e) {
            answer = ControlMessages.error("malformed", e.getMessage());
        } catch (TokenException e) {
            answer(session, ControlMessages.error(e.isTemporary() ? "try_later" : "bad_token", e.getMessage()));
            if (!e.isTemporary()) {
                session.close(CloseReason.of(CloseCode.BAD_TOKEN));
            }
            return;
        } catch (RefusedException e) {
            if (e.refusal().isLimit()) {
                session.loop.countRefusal(e.refusal());
            }
            answer = ControlMessages.error(e.refusal().errorCode(), e.getMessage());
        }
        if (answer != null) {
            answer(session, answer);
        }
    }

    private static byte @Nullable [] subscribe(Session session, ClientMessage message) throws RefusedException {
        String lastId = message.lastId();
        List<String> regions = session.loop.grants().permitted(session, message.channel(), message.regions());
        JoinResult start = new TopicChange(session, message.channel())
                .select(
                        regions,
                        lastId == null ? List.of() : List.of(lastId),
                        later -> answer(session, subscribed(message.channel(), regions, later)));
        return start == null ? null : subscribed(message.channel(), regions, start);
    }

    private static byte[] subscribed(String channel, List<String> regions, JoinResult start) {
        return ControlMessages.subscribed(channel, regions, start.resumed().label(), start.lastId());
    }

    @Override
    protected void writeLateStart(Session session, List<String> channels, List<String> regions, JoinResult start) {
        channels.forEach(channel -> writeText(session.context(), subscribed(channel, regions, start)));
        session.context().flush();
    }

    /**
     * Renews the token. A token that is not valid ends the session, so that a client can neither try many tokens nor
     * make the gateway verify without end. The old token would have ended the session soon anyway.
     */
    private static byte[] authenticate(Session session, String token) throws TokenException {
        Grants grants = session.loop.grants();
        Grant held = grants.get(session);
        if (held == null) {
            return ControlMessages.error("refused", "no token is asked for here");
        }
        if (held.isTooNewToRenew()) {
            return ControlMessages.error("try_later", "that was too soon after the last token");
        }
        Grant renewed = held.renew(token);
        for (Topic lost : grants.replace(session, renewed)) {
            String of = lost.route() == null ? "" : " of the region \"" + lost.route() + '"';
            answer(session, ControlMessages.error("forbidden", "no more events of \"" + lost.channel() + '"' + of));
        }
        return ControlMessages.authenticated(renewed.secondsLeft());
    }

    private static byte[] unsubscribe(Session session, ClientMessage message) throws RefusedException {
        new TopicChange(session, message.channel()).unsubscribe();
        return ControlMessages.unsubscribed(message.channel());
    }

    /** Answers now, or as soon as the socket is idle: before any event that comes after the change. */
    private static void answer(Session session, byte[] message) {
        ChannelHandlerContext ctx = session.context();
        if (session.isIdle()) {
            writeText(ctx, message);
            ctx.flush();
            return;
        }
        FrameReader reading = Objects.requireNonNull(reader(session)); // It has just read what is answered.
        ByteBuf waiting = reading.waiting(ctx.alloc());
        if (waiting.readableBytes() + message.length > MAX_WAITING_BYTES) {
            session.close(CloseReason.of(CloseCode.POLICY, "a client that reads the answers", null));
        } else {
            WebSocketFormat.writeText(message, waiting);
        }
    }
}
