package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.edge.Admission;
import dev.hibiki.gateway.edge.ClientRequestFilter;
import dev.hibiki.gateway.edge.Edge;
import dev.hibiki.gateway.edge.Origins;
import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.edge.TokenReader;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.http.BodyAggregator;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.http.Router;
import dev.hibiki.gateway.server.HttpInitializer;
import dev.hibiki.gateway.session.Selection;
import dev.hibiki.gateway.session.TestSessions;
import dev.hibiki.gateway.session.http.SessionEntry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fuzz target: what a client sends before the upgrade. The handlers are those of {@link HttpInitializer}; the endpoint does
 * what that of WebSocket does, except that no session begins. The answers are HTTP with a status below 500, and do not depend
 * on how the bytes are split. A selection is within all limits. See {@link dev.hibiki.gateway.fuzz}.
 */
public final class RequestFuzz {
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");
    private static final int MAX_TOPICS = 64;
    private static final GatewayConfig CONFIG = RunningGateway.config("--max-header-bytes", "1k");
    private static final TestSessions TEST = new TestSessions("ch", "other", "live:*", "[a-c]?\\*");
    private static final Origins ORIGINS = new Origins(List.of("https://*.ok.example"), false);
    private static final Refusals REFUSALS = new Refusals(TEST.metrics);
    private static final SessionEntry ENTRY = new SessionEntry(
            new Admission(
                    CONFIG.edge(), TEST.users, new TokenReader(null, null), REFUSALS, () -> false, System::nanoTime),
            REFUSALS,
            ORIGINS,
            TEST.sessions,
            HttpInitializer.sessionSwap(),
            TEST.metrics);
    private static final Edge EDGE = new Edge(CONFIG.edge(), ORIGINS, REFUSALS, Integer.MAX_VALUE);
    private static final Router ROUTER = new Router()
            .get("/ws", (ctx, request, path) -> endpoint(ctx, request))
            .postUnder("/publish/", (ctx, request, path) -> endpoint(ctx, request));

    private RequestFuzz() {}

    /** The first byte is the length of all parts but the last. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] bytes = Arrays.copyOfRange(input, 1, input.length);
        List<String> whole = statuses(bytes, bytes.length);
        List<String> split = statuses(bytes, Math.max(1, input[0] & 0xFF));
        if (!whole.equals(split)) {
            throw new AssertionError("the answers depend on parts: " + whole + ", " + split);
        }
    }

    private static void endpoint(ChannelHandlerContext ctx, FullHttpRequest request) {
        try {
            ENTRY.requireAllowedOrigin(request);
            boolean upgrade = Handshake.problem(request) == null;
            Handshake.offers(request, HibikiV1.NAME);
            String terms = "";
            try {
                DeflateTerms accepted = DeflateTerms.accept(
                        ExtensionOffer.parse(request.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS)));
                terms = accepted == null ? "" : accepted.answer();
            } catch (ExtensionOffer.MalformedException e) {
                terms = "malformed";
            }
            check(ENTRY.admit(ctx.channel(), request, null).selection());
            Reply.text(HttpResponseStatus.OK, "upgrade " + upgrade + terms).send(ctx, request);
        } catch (RefusedException e) {
            e.reply().send(ctx, request);
        }
    }

    private static void check(Selection selection) {
        require(!selection.channels().isEmpty(), "channels");
        for (String channel : selection.channels()) {
            require(TEST.hub.channels().isSelectable(channel), "a known channel");
        }
        for (String route : selection.routes()) {
            require(!route.isBlank() && !ChannelSpec.isTooLong(route), "a route");
        }
        require(selection.lastIds().size() <= MAX_TOPICS, "the number of last ids");
        for (String id : selection.lastIds()) {
            require(EventIds.isUsable(id) || id.equals(Selection.NO_ID), "a last id");
        }
        require(
                selection.channels().size() * Math.max(1, selection.routes().size()) <= MAX_TOPICS,
                "the number of topics");
    }

    private static List<String> statuses(byte[] bytes, int part) {
        EmbeddedChannel channel = new EmbeddedChannel(
                new HttpServerCodec(EDGE.decoderConfig()),
                new BodyAggregator(4_096),
                new ClientRequestFilter(EDGE),
                ROUTER);
        try {
            for (int i = 0; i < bytes.length && channel.isOpen(); i += part) {
                channel.writeInbound(Unpooled.copiedBuffer(bytes, i, Math.min(part, bytes.length - i)));
                channel.runPendingTasks();
            }
            StringBuilder all = new StringBuilder();
            ByteBuf write;
            while ((write = channel.readOutbound()) != null) {
                all.append(write.toString(StandardCharsets.ISO_8859_1));
                write.release();
            }
            return statuses(all.toString());
        } finally {
            channel.finishAndReleaseAll();
        }
    }

    private static List<String> statuses(String answers) {
        require(answers.isEmpty() || answers.startsWith("HTTP/1."), "HTTP");
        List<String> statuses = new ArrayList<>();
        Matcher matcher = STATUS.matcher(answers);
        while (matcher.find()) {
            require(
                    matcher.group(1).compareTo("500") < 0 || matcher.group(1).matches("501|505"),
                    "no fault of ours: " + matcher.group(1));
            statuses.add(matcher.group(1));
        }
        return statuses;
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}
