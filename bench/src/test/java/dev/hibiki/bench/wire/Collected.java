package dev.hibiki.bench.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A sink that keeps all messages, and feeds a decoder like a connection. */
final class Collected implements MessageSink {
    final List<String> messages = new ArrayList<>();
    final List<String> pings = new ArrayList<>();
    final List<Integer> closes = new ArrayList<>();
    private final StreamDecoder decoder;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 12);

    Collected(StreamDecoder decoder) {
        this.decoder = decoder;
    }

    /** Feeds these bytes after the unconsumed bytes of earlier calls. */
    Collected feed(byte[] bytes, int from, int to) throws ProtocolException {
        buffer.put(bytes, from, to - from);
        int consumed = decoder.decode(buffer, 0, buffer.position(), this);
        int rest = buffer.position() - consumed;
        buffer.put(0, buffer, consumed, rest).position(rest);
        return this;
    }

    Collected feed(byte[] bytes) throws ProtocolException {
        return feed(bytes, 0, bytes.length);
    }

    @Override
    public void onMessage(ByteBuffer in, int from, int to, boolean compressed) {
        messages.add((compressed ? "compressed " : "") + text(in, from, to));
    }

    @Override
    public void onPing(ByteBuffer in, int from, int to) {
        pings.add(text(in, from, to));
    }

    @Override
    public void onClose(int code) {
        closes.add(code);
    }

    private static String text(ByteBuffer in, int from, int to) {
        byte[] bytes = new byte[to - from];
        in.get(from, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
