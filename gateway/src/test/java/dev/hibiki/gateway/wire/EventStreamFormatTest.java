package dev.hibiki.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.event.Event;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventStreamFormatTest {
    private final EventStreamFormat format = new EventStreamFormat();

    private static String written(Consumer<ByteBuf> writer) {
        ByteBuf out = Unpooled.buffer();
        writer.accept(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Event event(String json, String id) {
        return new Event(json.getBytes(StandardCharsets.UTF_8), id, null, 0);
    }

    /** The frame of an event, checked to equal the one made from the plain frame. */
    private String both(String json, String id) {
        String live = written(out -> format.encode(event(json, id), out));
        ByteBuf plain = Unpooled.buffer();
        new WebSocketFormat().encode(event(json, id), plain);
        assertThat(written(out -> format.reencode(plain, false, out))).isEqualTo(live);
        return live;
    }

    @Test
    void shouldWriteAnEventWithItsIdAndNoTransferCoding() {
        assertThat(both("{\"title\":\"新しい動画\",\"id\":\"7-1\"}", "7-1"))
                .isEqualTo("id: 7-1\ndata: {\"title\":\"新しい動画\",\"id\":\"7-1\"}\n\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 200, 70_000})
    void shouldReencodePlainFramesOfEveryLength(int length) {
        String json = "{\"id\":12,\"nested\":{\"id\":3},\"x\":\"" + "x".repeat(length) + "\"}";

        assertThat(both(json, "12")).isEqualTo("id: 12\ndata: " + json + "\n\n");
    }

    @Test
    void shouldOmitAnIdThatWouldBreakTheLine() {
        assertThat(both("{\"id\":\"a\\nb\"}", "a\nb")).startsWith("data: ").doesNotContain("id: ");
    }

    @Test
    void shouldWriteAGapAsAnEventOfItsOwn() {
        String live = written(out -> format.encodeGap("a:\"b", 12, out));
        ByteBuf plain = Unpooled.buffer();
        new WebSocketFormat().encodeGap("a:\"b", 12, plain);

        assertThat(live).isEqualTo("event: gap\ndata: {\"channel\":\"a:\\\"b\",\"missed\":12}\n\n");
        assertThat(written(out -> format.reencode(plain, true, out))).isEqualTo(live);
    }

    @Test
    void shouldStartWithTheRetryTimeAndTheId() {
        assertThat(written(out -> EventStreamFormat.writeHello(1500, "7-1", false, out)))
                .isEqualTo("retry: 1500\nid: 7-1\n\n");
        assertThat(written(out -> EventStreamFormat.writeHello(1500, null, true, out)))
                .isEqualTo("retry: 1500\n\nevent: gap\ndata: {\"channel\":null,\"missed\":null}\n\n");
    }
}
