package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.edge.Admission;
import dev.hibiki.gateway.edge.Origins;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.session.SessionLoop;
import dev.hibiki.gateway.session.SessionSwap;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.session.StreamRequest;
import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.DeflatedFormat;
import dev.hibiki.gateway.wire.DeflatedFormats;
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
    private final Admission admission;
    private final Refusals refusals;
    private final Sessions sessions;
    private final GatewayMetrics metrics;
    private final @Nullable DeflatedFormats deflated;
    private final SessionSwap swap;
    private final Origins origins;
    private final Endpoint otherwise;

    /**
     * @param admission who may connect, and how many
     * @param deflated for clients that ask for permessage-deflate; null when they do not get it
     * @param swap turns the HTTP pipeline into that of a session
     * @param origins whose pages may connect
     * @param otherwise answers requests to the same path that ask for no upgrade
     */
    public WebSocketEndpoint(
            Admission admission,
            Refusals refusals,
            Sessions sessions,
            GatewayMetrics metrics,
            @Nullable DeflatedFormats deflated,
            SessionSwap swap,
            Origins origins,
            Endpoint otherwise) {
        this.admission = admission;
        this.refusals = refusals;
        this.sessions = sessions;
        this.metrics = metrics;
        this.deflated = deflated;
        this.swap = swap;
        this.origins = origins;
        this.otherwise = otherwise;
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        if (!request.headers().containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
            otherwise.handle(ctx, request, path);
            return;
        }
        try {
            check(request);
            DeflateTerms terms = deflated == null ? null : deflateTerms(request);
            accept(ctx, request, StreamRequest.admit(admission, sessions, ctx.channel(), request, null), terms);
        } catch (RefusedException e) {
            refuse(ctx, request, e);
        }
    }

    private void check(FullHttpRequest request) throws RefusedException {
        if (sessions.isEnding()) {
            throw RefusedException.ending();
        }
        if (!origins.allows(request)) {
            throw new RefusedException(Refusal.ORIGIN, "this page may not connect (Origin)");
        }
        String problem = Handshake.problem(request);
        if (problem != null) {
            throw new RefusedException(Refusal.MALFORMED, problem);
        }
        if (!Handshake.VERSION.equals(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
            throw new RefusedException(Refusal.WEBSOCKET_VERSION, "Sec-WebSocket-Version (expected: 13)")
                    .header(HttpHeaderNames.SEC_WEBSOCKET_VERSION, Handshake.VERSION);
        }
    }

    private static @Nullable DeflateTerms deflateTerms(FullHttpRequest request) throws RefusedException {
        try {
            return DeflateTerms.accept(
                    ExtensionOffer.parse(request.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS)));
        } catch (ExtensionOffer.MalformedException e) {
            throw new RefusedException(Refusal.MALFORMED, "malformed Sec-WebSocket-Extensions");
        }
    }

    private void accept(
            ChannelHandlerContext ctx, FullHttpRequest request, StreamRequest asked, @Nullable DeflateTerms terms) {
        SessionLoop loop = sessions.loopOf(ctx.channel());
        boolean controlled = Handshake.offers(request, HibikiV1Session.SUBPROTOCOL);
        DeflatedFormat format = terms == null || deflated == null ? null : deflated.forWindow(terms.windowBits());
        WebSocketSession session = controlled
                ? new HibikiV1Session(loop, asked.client(), format)
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
                        controlled ? HibikiV1Session.SUBPROTOCOL : null,
                        terms == null ? null : terms.answer()),
                session,
                asked);
    }

    /** Refuses in the way that the client can hear. Counted by the status, whichever way that is, but over the budget. */
    private void refuse(ChannelHandlerContext ctx, FullHttpRequest request, RefusedException refused) {
        if (refused.refusal() == Refusal.HANDSHAKE_RATE && admission.acceptsOverBudget()) {
            metrics.handshake(CloseCode.OVERLOADED.code());
            RejectAfterUpgrade.send(ctx, request, swap, CloseCode.OVERLOADED, null);
            return;
        }
        refusals.refused(ctx, request, refused);
        CloseCode code = refused.code();
        if (code != null && Handshake.offers(request, HibikiV1Session.SUBPROTOCOL)) {
            RejectAfterUpgrade.send(ctx, request, swap, code, refused.getMessage());
        } else {
            refused.reply().send(ctx, request);
        }
    }
}
