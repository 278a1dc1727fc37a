package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.auth.Authenticator;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.edge.Admission;
import dev.hibiki.gateway.edge.Origins;
import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.edge.RegionLabels;
import dev.hibiki.gateway.edge.TokenReader;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.http.BodyAggregator;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.http.Router;
import dev.hibiki.gateway.http.SerialHttpCodec;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.session.TestSessions;
import dev.hibiki.gateway.session.http.SessionEntry;
import dev.hibiki.gateway.session.http.SessionSwap;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormats;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client connection from its first byte, with HTTP codec, router, session and hub. The time of its loop advances only when
 * the test says so. The channels are {@code ch} and {@code other}. Confined to the thread of the test.
 */
final class TestConnection implements AutoCloseable {
    static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    static final int LINGER_MS = 3_000;
    static final int MAX_WRITE_BYTES = 100;

    long nanoTime;
    final EmbeddedChannel channel;
    final GatewayMetrics metrics;
    final RegionLabels regions;
    final Hub hub;
    final Sessions sessions;
    final Admission admission;
    private final WireFormats formats = new WireFormats(new WebSocketFormat());
    private final TestSessions test;

    TestConnection() {
        this(LogLimits.retaining(1 << 20));
    }

    TestConnection(LogLimits limits) {
        this(limits, "--max-client-messages", "0");
    }

    /** @param flags options of the command line that limit clients */
    TestConnection(LogLimits limits, String... flags) {
        this(limits, (Authenticator) null, flags);
    }

    TestConnection(LogLimits limits, @Nullable Authenticator authenticator) {
        this(limits, authenticator, "--max-client-messages", "0");
    }

    private TestConnection(LogLimits limits, @Nullable Authenticator authenticator, String... flags) {
        GatewayConfig.Edge edge = edge(flags);
        test = new TestSessions(formats.plain(), limits, MAX_WRITE_BYTES, edge.limits(), "ch", "other");
        channel = test.channel;
        metrics = test.metrics;
        regions = test.regions;
        hub = test.hub;
        sessions = test.sessions;
        channel.freezeTime();
        sessions.start();
        Refusals refusals = new Refusals(metrics);
        admission = new Admission(
                edge, test.users, new TokenReader(authenticator, null), refusals, () -> false, () -> nanoTime);
        SessionSwap swap = new SessionSwap("http", List.of("aggregator", "router"));
        SessionEntry entry =
                new SessionEntry(admission, refusals, new Origins(List.of("*"), false), sessions, swap, metrics);
        Endpoint page = (ctx, request, path) ->
                Reply.text(HttpResponseStatus.OK, "a page").send(ctx, request);
        WebSocketEndpoint endpoint = new WebSocketEndpoint(entry, List.of(new HibikiV1()), formats, true, page);
        channel.pipeline()
                .addLast("http", new SerialHttpCodec(new HttpDecoderConfig()))
                .addLast("aggregator", new BodyAggregator(4096))
                .addLast("router", new Router().get("/", endpoint));
    }

    private static GatewayConfig.Edge edge(String... flags) {
        return RunningGateway.config(flags).edge();
    }

    static String upgradeRequest(String uri, String... headers) {
        StringBuilder request = new StringBuilder("GET " + uri + " HTTP/1.1\r\nHost: h\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        return request + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                + KEY + "\r\n\r\n";
    }

    /** A connection that has been upgraded. */
    static TestConnection upgraded() {
        return new TestConnection().upgrade();
    }

    TestConnection upgrade() {
        receive(upgradeRequest("/"));
        String response = sentText();
        if (!response.startsWith("HTTP/1.1 101 ")) {
            throw new IllegalStateException(response);
        }
        return this;
    }

    /** Upgrades and returns the head of the response; what was sent after it is still to be read. */
    String upgrade(String uri, String... headers) {
        receive(upgradeRequest(uri, headers));
        ByteBuf response = channel.readOutbound();
        try {
            return response.toString(StandardCharsets.US_ASCII);
        } finally {
            response.release();
        }
    }

    /** The payloads of the text messages that were sent, up to the first frame of another kind. */
    List<String> sentMessages() {
        ByteBuf sent = Unpooled.wrappedBuffer(HexFormat.of().parseHex(sentHex()));
        List<String> messages = new ArrayList<>();
        while (sent.isReadable() && sent.readUnsignedByte() == 0x81) {
            int length = sent.readUnsignedByte();
            length = length == 126 ? sent.readUnsignedShort() : length;
            messages.add(sent.readCharSequence(length, StandardCharsets.UTF_8).toString());
        }
        sent.release();
        return messages;
    }

    /** Receives this as one text message of the client. */
    void say(String message) {
        receive(clientFrame(0x81, message.getBytes(StandardCharsets.UTF_8)));
        channel.runPendingTasks();
    }

    /** Publishes an event with only an id, and lets the loop deliver it. */
    void publishId(String channelName, String id, @Nullable String route) {
        hub.publish(
                Objects.requireNonNull(hub.channels().owner(channelName)),
                channelName,
                new Event(id.getBytes(StandardCharsets.US_ASCII), id, route, 0));
        channel.runPendingTasks();
    }

    void receive(String text) {
        receive(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void receive(byte[] bytes) {
        channel.writeInbound(Unpooled.copiedBuffer(bytes));
    }

    void receiveHex(String hex) {
        receive(HexFormat.of().parseHex(hex));
    }

    /** A client's frame, masked with zeros. */
    static byte[] clientFrame(int firstByte, byte[] payload) {
        ByteBuf frame = Unpooled.buffer();
        frame.writeByte(firstByte);
        if (payload.length <= 125) {
            frame.writeByte(0x80 | payload.length);
        } else {
            frame.writeByte(0x80 | 126).writeShort(payload.length);
        }
        frame.writeInt(0).writeBytes(payload);
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        frame.release();
        return bytes;
    }

    static byte[] ping(String payload) {
        return clientFrame(0x89, payload.getBytes(StandardCharsets.US_ASCII));
    }

    void publish(String channelName, String json, @Nullable String route) {
        hub.publish(
                Objects.requireNonNull(hub.channels().owner(channelName)),
                channelName,
                new Event(json.getBytes(StandardCharsets.US_ASCII), "id", route, 0));
    }

    /** Publishes to {@code ch} and lets the loop deliver the event. */
    void publish(String json) {
        publish("ch", json, null);
        channel.runPendingTasks();
    }

    /** Sets whether the socket reports that it is busy. It accepts all flushed bytes in any case. */
    void busy(boolean busy) {
        Objects.requireNonNull(channel.unsafe().outboundBuffer()).setUserDefinedWritability(1, !busy);
        channel.runPendingTasks();
    }

    void pass(long milliseconds) {
        channel.advanceTimeBy(milliseconds, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    /** The next write, or null. */
    @Nullable String nextWriteHex() {
        ByteBuf written = channel.readOutbound();
        if (written == null) {
            return null;
        }
        byte[] bytes = new byte[written.readableBytes()];
        written.readBytes(bytes);
        written.release();
        return HexFormat.of().formatHex(bytes);
    }

    /** All bytes that were sent since the last call, in hexadecimal. */
    String sentHex() {
        StringBuilder all = new StringBuilder();
        String write;
        while ((write = nextWriteHex()) != null) {
            all.append(write);
        }
        return all.toString();
    }

    String sentText() {
        return new String(HexFormat.of().parseHex(sentHex()), StandardCharsets.UTF_8);
    }

    /** The text frame of this event. */
    static String frameHex(String json) {
        return "81" + HexFormat.of().toHexDigits((byte) json.length()) + hex(json);
    }

    static String closeHex(int code, String reason) {
        return "88" + HexFormat.of().toHexDigits((byte) (2 + reason.length()))
                + HexFormat.of().toHexDigits((short) code) + hex(reason);
    }

    static String hex(String ascii) {
        return HexFormat.of().formatHex(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() {
        test.close();
        formats.close();
    }
}
