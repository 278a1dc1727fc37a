package dev.hibiki.gateway.demo;

import dev.hibiki.gateway.channels.ChannelExample;
import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.event.RejectedEventException;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.JsonText;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.Publisher;
import dev.hibiki.gateway.runtime.Clocks;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The endpoint of the demo page: GET describes the gateway, POST publishes the next of a few fixed sample events.
 * Thread-safe. An event contains nothing from the request, and there is a limit per second.
 */
public final class DemoEndpoint implements Endpoint {
    private static final long MIN_INTERVAL_NS = 50_000_000;
    private static final List<Sample> SAMPLES = List.of(
            new Sample("JP", "新しい動画がトレンド入りしました 🎉", "響チャンネル"),
            new Sample("KR", "방금 급상승한 동영상", "메아리 채널"),
            new Sample("TW", "剛剛爆紅的影片", "迴響頻道"),
            new Sample("HK", "新影片爆紅", "迴響台"),
            new Sample("VN", "Video vừa lên xu hướng", "Kênh Tiếng Vang"),
            new Sample("US", "A video just went viral", "Echo Channel"),
            new Sample("TH", "วิดีโอที่กำลังเป็นกระแส", "ช่องเสียงสะท้อน"),
            new Sample("ID", "Video yang baru saja viral", "Saluran Gema"),
            new Sample("BR", "Um vídeo acabou de viralizar", "Canal Eco"));

    private record Sample(String region, String title, String channel) {}

    private final ChannelTable channels;
    private final EventParser parser;
    private final String source;
    private final boolean open;
    private final @Nullable String command;
    private final @Nullable Publisher publisher;
    private final AtomicInteger next = new AtomicInteger();
    private final Clocks clocks;
    private final AtomicLong lastPublishedNs;

    /**
     * @param parser used by this endpoint alone
     * @param source gives the samples to this gateway's clients when it is local; else the page shows how to publish, if everybody
     *     may know it
     * @param open false where clients need tokens; then the page, which has none, is told no names
     */
    public DemoEndpoint(ChannelTable channels, EventParser parser, EventSource source, boolean open, Clocks clocks) {
        this.channels = channels;
        this.parser = parser;
        this.source = source.name();
        this.open = open;
        this.command = open && source.isCommandPublic()
                ? source.publishCommand(channels.entries().get(0).name())
                : null;
        this.publisher = source.isLocal() ? source.publisher() : null;
        this.clocks = clocks;
        this.lastPublishedNs = new AtomicLong(clocks.nano().getAsLong() - MIN_INTERVAL_NS);
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        (request.method().equals(HttpMethod.POST) ? publish() : describe()).send(ctx, request);
    }

    private Reply describe() {
        return Reply.json(HttpResponseStatus.OK, JsonText.write(json -> {
            json.writeStartObject();
            json.writeBooleanProperty("publish", publisher != null);
            json.writeStringProperty("source", source);
            if (command != null) {
                json.writeStringProperty("command", command);
            }
            JsonText.strings(
                    json,
                    "channels",
                    open ? channels.entries().stream().map(ChannelSpec::name).toList() : List.of());
            json.writeEndObject();
        }));
    }

    private Reply publish() {
        if (publisher == null) {
            return Reply.error(HttpResponseStatus.FORBIDDEN, "the page publishes only to an in-process channel");
        }
        ChannelSpec channel = channels.entries().get(0);
        long nowNs = clocks.nano().getAsLong();
        long lastNs = lastPublishedNs.get();
        if (nowNs - lastNs < MIN_INTERVAL_NS || !lastPublishedNs.compareAndSet(lastNs, nowNs)) {
            return Reply.error(
                            HttpResponseStatus.TOO_MANY_REQUESTS,
                            "too many publications (expected: at most 20 a second): try again in a second")
                    .header(HttpHeaderNames.RETRY_AFTER, "1");
        }
        try {
            byte[] sample = sample().getBytes(StandardCharsets.UTF_8);
            synchronized (parser) {
                publisher.publish(channel, ChannelExample.of(channel.name()), List.of(parser.parse(sample)));
            }
            return Reply.json(HttpResponseStatus.ACCEPTED, "{}");
        } catch (RejectedEventException e) {
            throw new IllegalStateException("a sample is not an event", e);
        }
    }

    private String sample() {
        int number = next.getAndIncrement();
        Sample sample = SAMPLES.get(Math.floorMod(number, SAMPLES.size()));
        return JsonText.write(json -> json.writeStartObject()
                .writeStringProperty("event", "new_trending")
                .writeStringProperty("region", sample.region())
                .writeStringProperty("video_id", "sample-" + number)
                .writeStringProperty("title", sample.title())
                .writeStringProperty("thumbnail", "")
                .writeStringProperty("channel", sample.channel())
                .writeNumberProperty("ts", clocks.epochMs().getAsLong() / 1000)
                .writeEndObject());
    }
}
