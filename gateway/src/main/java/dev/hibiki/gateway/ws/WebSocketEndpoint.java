package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.session.http.SessionEntry;
import dev.hibiki.gateway.session.http.StreamRequest;
import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.WireFormat;
import dev.hibiki.gateway.wire.WireFormats;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Upgrades to WebSocket. A request that asks for no upgrade goes to another endpoint. A client is refused before the
 * upgrade, where the answer can say why, unless its subprotocol explains refusals after it.
 */
public final class WebSocketEndpoint implements Endpoint {
    private record Framing(Subprotocol subprotocol, WireFormat format) {}

    private final Map<Framing, WebSocketProtocol> protocols = new ConcurrentHashMap<>();

    private final SessionEntry entry;
    private final List<Subprotocol> subprotocols;
    private final WireFormats formats;
    private final boolean deflates;
    private final Endpoint otherwise;

    /**
     * @param subprotocols in the order in which they are chosen
     * @param deflates true when clients that ask for permessage-deflate get it
     * @param otherwise answers requests to the same path that ask for no upgrade
     */
    public WebSocketEndpoint(
            SessionEntry entry,
            List<Subprotocol> subprotocols,
            WireFormats formats,
            boolean deflates,
            Endpoint otherwise) {
        this.entry = entry;
        this.subprotocols = List.copyOf(subprotocols);
        this.formats = formats;
        this.deflates = deflates;
        this.otherwise = otherwise;
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        String removed = Handshake.removedByProxy(request);
        if (removed != null) {
            RefusedException refused = upgradeRequired(Refusal.UPGRADE_REMOVED, removed);
            entry.refusals().refused(ctx, request, refused);
            refused.reply().send(ctx, request);
            return;
        }
        if (!Handshake.asksForUpgrade(request)) {
            otherwise.handle(ctx, request, path);
            return;
        }
        Subprotocol subprotocol = Subprotocol.choose(subprotocols, request);
        try {
            check(request);
            DeflateTerms terms = deflates && subprotocol.ownFormat() == null ? deflateTerms(request) : null;
            accept(ctx, request, subprotocol, terms, entry.admit(ctx.channel(), request, null));
        } catch (RefusedException e) {
            refuse(ctx, request, subprotocol, e);
        }
    }

    private void check(FullHttpRequest request) throws RefusedException {
        entry.requireNotEnding();
        entry.requireAllowedOrigin(request);
        String problem = Handshake.problem(request);
        if (problem != null) {
            throw new RefusedException(Refusal.HANDSHAKE, problem);
        }
        if (!Handshake.VERSION.equals(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
            throw upgradeRequired(Refusal.WEBSOCKET_VERSION, "Sec-WebSocket-Version (expected: 13)");
        }
    }

    /** Answers a request that asks for no upgrade, where there is nothing else. */
    public static void upgradeRequired(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        upgradeRequired(
                        Refusal.WEBSOCKET_VERSION,
                        "this path is for WebSockets: connect with ws:// or wss://, or read /sse with EventSource")
                .reply()
                .send(ctx, request);
    }

    /** The answer says to what to upgrade, and to which version of it (RFC 9110, section 15.5.22; RFC 6455, section 4.2.2). */
    private static RefusedException upgradeRequired(Refusal reason, String message) {
        return new RefusedException(reason, message)
                .header(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET.toString())
                .header(HttpHeaderNames.CONNECTION, "Upgrade")
                .header(HttpHeaderNames.SEC_WEBSOCKET_VERSION, Handshake.VERSION);
    }

    private static @Nullable DeflateTerms deflateTerms(FullHttpRequest request) throws RefusedException {
        try {
            return DeflateTerms.accept(
                    ExtensionOffer.parse(request.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS)));
        } catch (ExtensionOffer.MalformedException e) {
            throw new RefusedException(Refusal.HANDSHAKE, "malformed Sec-WebSocket-Extensions");
        }
    }

    private void accept(
            ChannelHandlerContext ctx,
            FullHttpRequest request,
            Subprotocol subprotocol,
            @Nullable DeflateTerms terms,
            StreamRequest asked) {
        WireFormat format = format(subprotocol, terms);
        WebSocketProtocol protocol =
                protocols.computeIfAbsent(new Framing(subprotocol, format), any -> subprotocol.protocol(format));
        if (terms != null) {
            entry.metrics().deflatedHandshake();
        }
        String extension = terms == null ? null : terms.answer();
        ByteBuf answer = Handshake.response(ctx.alloc(), request, subprotocol.name(), extension);
        entry.open(ctx, HttpResponseStatus.SWITCHING_PROTOCOLS.code(), answer, protocol, asked);
    }

    private WireFormat format(Subprotocol subprotocol, @Nullable DeflateTerms terms) {
        Supplier<WireFormat> own = subprotocol.ownFormat();
        if (own != null) {
            return formats.of(subprotocol.name(), own);
        }
        return terms == null ? formats.plain() : formats.deflated(terms.windowBits());
    }

    /** Refuses by HTTP status or by close code. Metrics count the status, but the code of a client over the budget. */
    private void refuse(
            ChannelHandlerContext ctx, FullHttpRequest request, Subprotocol subprotocol, RefusedException refused) {
        if (refused.refusal() == Refusal.HANDSHAKE_RATE && entry.admission().acceptsOverBudget()) {
            entry.metrics().handshake(CloseCode.OVERLOADED.code());
            RejectAfterUpgrade.send(ctx, request, entry.swap(), subprotocol, CloseCode.OVERLOADED, null);
            return;
        }
        entry.refusals().refused(ctx, request, refused);
        CloseCode code = refused.closeCode();
        if (code != null && subprotocol.explainsRefusals()) {
            RejectAfterUpgrade.send(ctx, request, entry.swap(), subprotocol, code, refused);
        } else {
            refused.reply().send(ctx, request);
        }
    }
}
