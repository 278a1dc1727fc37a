package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.frame.DeflatedFormat;
import dev.hibiki.gateway.frame.DeflatedFormats;
import dev.hibiki.gateway.http.Admission;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.Gatekeeper;
import dev.hibiki.gateway.http.Origins;
import dev.hibiki.gateway.http.RefusalLog;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.http.SessionSwap;
import dev.hibiki.gateway.http.StreamRequest;
import dev.hibiki.gateway.hub.ChannelTable;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.metrics.Refusal;
import dev.hibiki.gateway.session.CloseCode;
import dev.hibiki.gateway.session.SessionLoop;
import dev.hibiki.gateway.session.Sessions;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * Upgrades requests to WebSocket (RFC 6455, section 4.2). A request that asks for no upgrade goes to another endpoint.
 * Everything that can be refused is refused before the upgrade, where the answer can say why.
 */
public final class WebSocketEndpoint implements Endpoint {
    private final ChannelTable channels;
    private final Sessions sessions;
    private final GatewayMetrics metrics;
    private final @Nullable DeflatedFormats deflated;
    private final SessionSwap swap;
    private final Origins origins;
    private final Admission admission;
    private final Gatekeeper gatekeeper;
    private final Endpoint otherwise;

    /**
     * @param deflated for clients that ask for permessage-deflate; null when they do not get it
     * @param swap turns the HTTP pipeline into that of a session
     * @param origins whose pages may connect
     * @param admission how many sessions may begin
     * @param gatekeeper who may connect
     * @param otherwise answers requests to the same path that ask for no upgrade
     */
    public WebSocketEndpoint(
            ChannelTable channels,
            Sessions sessions,
            GatewayMetrics metrics,
            @Nullable DeflatedFormats deflated,
            SessionSwap swap,
            Origins origins,
            Admission admission,
            Gatekeeper gatekeeper,
            Endpoint otherwise) {
        this.channels = channels;
        this.sessions = sessions;
        this.metrics = metrics;
        this.deflated = deflated;
        this.swap = swap;
        this.origins = origins;
        this.admission = admission;
        this.gatekeeper = gatekeeper;
        this.otherwise = otherwise;
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        if (!request.headers().containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
            otherwise.handle(ctx, request, path);
            return;
        }
        if (sessions.isEnding()) {
            refuse(ctx, request, HttpResponseStatus.SERVICE_UNAVAILABLE, "the gateway is shutting down");
            return;
        }
        if (!origins.allows(request)) {
            refuse(ctx, request, HttpResponseStatus.FORBIDDEN, "this page may not connect (Origin)");
            return;
        }
        String problem = Handshake.problem(request);
        if (problem != null) {
            refuse(ctx, request, HttpResponseStatus.BAD_REQUEST, problem);
            return;
        }
        if (!Handshake.VERSION.equals(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
            metrics.handshake(HttpResponseStatus.UPGRADE_REQUIRED.code());
            String expected = "Sec-WebSocket-Version (expected: 13)";
            RefusalLog.refused(ctx, request, HttpResponseStatus.UPGRADE_REQUIRED, expected);
            Reply.error(HttpResponseStatus.UPGRADE_REQUIRED, expected)
                    .header(HttpHeaderNames.SEC_WEBSOCKET_VERSION, Handshake.VERSION)
                    .send(ctx, request);
            return;
        }
        Refusal refusal = admission.refusalOfAddress(ctx.channel());
        if (refusal == null) {
            enter(ctx, request);
        } else {
            turnAway(ctx, request, refusal);
        }
    }

    private void enter(ChannelHandlerContext ctx, FullHttpRequest request) {
        StreamRequest asked;
        DeflateTerms terms;
        try {
            terms = deflated == null ? null : deflateTerms(request);
            asked = StreamRequest.read(request, channels, sessions, gatekeeper.admit(request), null);
        } catch (ExtensionOffer.MalformedException e) {
            refuse(ctx, request, HttpResponseStatus.BAD_REQUEST, "malformed Sec-WebSocket-Extensions");
            return;
        } catch (TokenException e) {
            CloseCode code = e.mayComeBack() ? CloseCode.OVERLOADED : CloseCode.BAD_TOKEN;
            refuseEntry(ctx, request, code, Gatekeeper.refusal(e), e.getMessage());
            return;
        } catch (StreamRequest.RefusedException e) {
            if (e.status().equals(HttpResponseStatus.FORBIDDEN)) {
                refuseEntry(ctx, request, CloseCode.FORBIDDEN, Reply.error(e.status(), e.getMessage()), e.getMessage());
            } else {
                refuse(ctx, request, e.status(), e.getMessage());
            }
            return;
        }
        Refusal refusal = admission.refusalOfUser(ctx.channel(), asked.grant());
        if (refusal == null) {
            refusal = admission.refusalOfAll(ctx.channel());
        }
        if (refusal == null) {
            accept(ctx, request, asked, terms);
        } else {
            turnAway(ctx, request, refusal);
        }
    }

    private void turnAway(ChannelHandlerContext ctx, FullHttpRequest request, Refusal refusal) {
        if (admission.tellsAfterUpgrade(refusal)) {
            metrics.handshake(CloseCode.OVERLOADED.code());
            TurnedAway.send(ctx, request, swap, CloseCode.OVERLOADED, null);
        } else {
            Reply answer = Admission.answer(refusal);
            metrics.handshake(answer.status().code());
            answer.send(ctx, request);
        }
    }

    private static @Nullable DeflateTerms deflateTerms(FullHttpRequest request)
            throws ExtensionOffer.MalformedException {
        return DeflateTerms.accept(
                ExtensionOffer.parse(request.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS)));
    }

    private void accept(
            ChannelHandlerContext ctx, FullHttpRequest request, StreamRequest asked, @Nullable DeflateTerms terms) {
        SessionLoop loop = sessions.loopOf(ctx.channel());
        boolean controlled = Handshake.offers(request, ControlledSession.SUBPROTOCOL);
        DeflatedFormat format = terms == null || deflated == null ? null : deflated.forWindow(terms.windowBits());
        WebSocketSession session = controlled
                ? new ControlledSession(loop, asked.client(), format)
                : new WebSocketSession(loop, asked.client(), format);
        metrics.handshake(HttpResponseStatus.SWITCHING_PROTOCOLS.code());
        if (terms != null) {
            metrics.deflatedHandshake();
        }
        swap.swap(
                ctx,
                Handshake.response(
                        ctx.alloc(),
                        request,
                        controlled ? ControlledSession.SUBPROTOCOL : null,
                        terms == null ? null : terms.answer()),
                session,
                asked);
    }

    /** Refuses who the client is, in the way that it can hear. Counted by the status in any case. */
    private void refuseEntry(
            ChannelHandlerContext ctx, FullHttpRequest request, CloseCode code, Reply reply, String message) {
        metrics.handshake(reply.status().code());
        RefusalLog.refused(ctx, request, reply.status(), message);
        if (Handshake.offers(request, ControlledSession.SUBPROTOCOL)) {
            TurnedAway.send(ctx, request, swap, code, message);
        } else {
            reply.send(ctx, request);
        }
    }

    private void refuse(ChannelHandlerContext ctx, FullHttpRequest request, HttpResponseStatus status, String message) {
        metrics.handshake(status.code());
        RefusalLog.refused(ctx, request, status, message);
        Reply.error(status, message).send(ctx, request);
    }
}
