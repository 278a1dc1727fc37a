package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.hub.Topic;
import dev.hibiki.gateway.session.ClientProfile;
import dev.hibiki.gateway.session.SessionLoop;
import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.ControlMessages;
import dev.hibiki.gateway.wire.RetryWindow;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session of the subprotocol {@code hibiki.v1}. The client is told where its events begin, of which channel events are
 * lost, and when to reconnect. It may change its topics and renew its token. Confined to its event loop.
 */
final class HibikiV1Session extends WebSocketSession {
    /** The limit for answers that wait. A client above it sends messages without reading the answers, and is closed. */
    private static final int MAX_PENDING_BYTES = 64 * 1024;

    /** Control messages that wait until the socket is idle; null when there are none. */
    private @Nullable ByteBuf pending;

    HibikiV1Session(SessionLoop loop, ClientProfile profile, WireFormat format) {
        super(loop, profile, format);
    }

    @Override
    protected String kind() {
        return "ws+" + HibikiV1.NAME;
    }

    @Override
    public boolean readsNotices() {
        return true;
    }

    @Override
    public void writeGreeting(ChannelHandlerContext out, JoinResult start) {
        Grant grant = grants().get(this);
        long expiresSeconds = grant == null ? -1 : grant.secondsLeft();
        writeText(out, ControlMessages.hello(start.resumed().label(), start.lastId(), pingSeconds(), expiresSeconds));
        out.flush();
    }

    private static void writeText(ChannelHandlerContext ctx, byte[] message) {
        ByteBuf frame = ctx.alloc().directBuffer(message.length + WebSocketFormat.MAX_HEADER_BYTES);
        WebSocketFormat.writeText(message, frame);
        ctx.write(frame, ctx.voidPromise());
    }

    @Override
    protected void writeEnd(ChannelHandlerContext ctx, CloseCode code) {
        writePending(ctx); // An error message may be among them.
        if (code.mayReconnect()) {
            RetryWindow window = RetryWindow.AFTER_END;
            writeText(ctx, ControlMessages.bye(code.code(), window.minMs(), window.maxMs()));
        }
        super.writeEnd(ctx, code);
    }

    @Override
    protected void onMessage(ChannelHandlerContext ctx, ByteBuf payload) {
        if (!isOpen()) {
            return;
        }
        byte[] answer;
        try {
            ClientMessage message = ClientMessage.parse(ByteBufUtil.getBytes(payload));
            answer = switch (message.type()) {
                case SUBSCRIBE -> subscribe(message);
                case UNSUBSCRIBE -> unsubscribe(message);
                case AUTH -> authenticate(ctx, String.valueOf(message.token()));
            };
        } catch (ClientMessage.MalformedException e) {
            answer = ControlMessages.error("malformed", e.getMessage());
        } catch (TokenException e) {
            answer(ctx, ControlMessages.error(e.isTemporary() ? "try_later" : "bad_token", e.getMessage()));
            if (!e.isTemporary()) {
                end(CloseCode.BAD_TOKEN);
            }
            return;
        } catch (RefusedException e) {
            if (e.refusal().isLimit()) {
                countRefusal(e.refusal());
            }
            answer = ControlMessages.error(e.refusal().errorCode(), e.getMessage());
        }
        answer(ctx, answer);
    }

    private byte[] subscribe(ClientMessage message) throws RefusedException {
        String lastId = message.lastId();
        List<String> regions = grants().permitted(this, message.channel(), message.regions());
        JoinResult start = subscribe(message.channel(), regions, lastId == null ? List.of() : List.of(lastId));
        return ControlMessages.subscribed(
                message.channel(), regions, start.resumed().label(), start.lastId());
    }

    /**
     * Renews the token. A token that is not valid ends the session, so that a client can neither try many tokens nor
     * make the gateway verify without end. The old token would have ended the session soon anyway.
     */
    private byte[] authenticate(ChannelHandlerContext ctx, String token) throws TokenException {
        Grant held = grants().get(this);
        if (held == null) {
            return ControlMessages.error("refused", "no token is asked for here");
        }
        if (held.isTooNewToRenew()) {
            return ControlMessages.error("try_later", "that was too soon after the last token");
        }
        Grant renewed = held.renew(token);
        for (Topic lost : grants().replace(this, renewed)) {
            String of = lost.route() == null ? "" : " of the region \"" + lost.route() + '"';
            answer(ctx, ControlMessages.error("forbidden", "no more events of \"" + lost.channel() + '"' + of));
        }
        return ControlMessages.authenticated(renewed.secondsLeft());
    }

    private byte[] unsubscribe(ClientMessage message) throws RefusedException {
        unsubscribe(message.channel());
        return ControlMessages.unsubscribed(message.channel());
    }

    /** Answers now, or as soon as the socket is idle: before any event that comes after the change. */
    private void answer(ChannelHandlerContext ctx, byte[] message) {
        if (isIdle()) {
            writeText(ctx, message);
            ctx.flush();
            return;
        }
        ByteBuf waiting = pending;
        if (waiting == null) {
            waiting = ctx.alloc().directBuffer(message.length + WebSocketFormat.MAX_HEADER_BYTES);
            pending = waiting;
        }
        if (waiting.readableBytes() + message.length > MAX_PENDING_BYTES) {
            end(CloseCode.POLICY);
            return;
        }
        WebSocketFormat.writeText(message, waiting);
    }

    @Override
    protected void onIdle(ChannelHandlerContext ctx) {
        if (pending != null) {
            writePending(ctx);
            ctx.flush();
        }
        super.onIdle(ctx);
    }

    private void writePending(ChannelHandlerContext ctx) {
        ByteBuf waiting = pending;
        if (waiting != null) {
            pending = null;
            ctx.write(waiting, ctx.voidPromise());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        ByteBuf waiting = pending;
        if (waiting != null) {
            pending = null;
            waiting.release();
        }
        super.channelInactive(ctx);
    }
}
