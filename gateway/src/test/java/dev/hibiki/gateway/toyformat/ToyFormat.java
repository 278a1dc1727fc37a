package dev.hibiki.gateway.toyformat;

import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.wire.ControlMessages;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** A text message for each event: {@code EVENT} and the id, then the JSON on a line of its own. */
final class ToyFormat implements WireFormat {
    @Override
    public void encode(Event event, ByteBuf out) {
        write("EVENT " + event.id(), event.json(), out);
    }

    @Override
    public void reencode(ByteBuf plainFrame, boolean notice, ByteBuf out) {
        byte[] json = WebSocketFormat.payload(plainFrame);
        write(notice ? "GAP" : "EVENT " + EventIds.of(json), json, out);
    }

    @Override
    public void encodeGap(String channel, long missed, ByteBuf out) {
        write("GAP", ControlMessages.gap(channel, missed), out);
    }

    private static void write(String head, byte[] json, ByteBuf out) {
        String message = head + '\n' + new String(json, StandardCharsets.UTF_8);
        WebSocketFormat.writeText(message.getBytes(StandardCharsets.UTF_8), out);
    }
}
