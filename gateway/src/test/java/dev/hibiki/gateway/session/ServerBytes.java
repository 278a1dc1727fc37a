package dev.hibiki.gateway.session;

import dev.hibiki.testing.Frame;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** Reads what the gateway sends after its HTTP response. Confined to the loop of the client. It fails on a breach of the protocol. */
interface ServerBytes {
    /** Reads as many whole frames or chunks as there are. */
    void read(ByteBuf in, Consumer<Received> out);

    /** Called with a control frame of WebSocket that the client has to answer. */
    interface Answering {
        void answer(Frame frame);
    }

    /** The frames of a server (RFC 6455), which the gateway never fragments. */
    final class Frames implements ServerBytes {
        private static final byte[] DEFLATE_TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

        private final boolean deflates;
        private final Answering answering;

        Frames(boolean deflates, Answering answering) {
            this.deflates = deflates;
            this.answering = answering;
        }

        @Override
        public void read(ByteBuf in, Consumer<Received> out) {
            while (in.readableBytes() >= 2) {
                int begin = in.readerIndex();
                int first = in.readUnsignedByte();
                int length = in.readUnsignedByte();
                require((first & 0x80) != 0 && length < 127, "frame " + first + ' ' + length);
                boolean isShort = length < 126;
                if (!isShort && in.readableBytes() >= 2) {
                    length = in.readUnsignedShort();
                }
                if (in.readableBytes() < length) {
                    in.readerIndex(begin);
                    return;
                }
                byte[] payload = new byte[length];
                in.readBytes(payload);
                receive(first & 0x7F, payload, out);
            }
        }

        private void receive(int rsvAndOpcode, byte[] payload, Consumer<Received> out) {
            switch (rsvAndOpcode) {
                case Frame.TEXT -> out.accept(Received.text(payload));
                case Frame.RSV1 << 4 | Frame.TEXT -> {
                    require(deflates, "a deflated message without permessage-deflate");
                    out.accept(Received.text(inflate(payload)));
                }
                case Frame.PING -> answering.answer(new Frame(true, 0, Frame.PONG, payload));
                case Frame.PONG -> out.accept(new Received.Pong(new String(payload, StandardCharsets.UTF_8)));
                case Frame.CLOSE -> {
                    int code = payload.length < 2 ? 1005 : (payload[0] & 0xFF) << 8 | (payload[1] & 0xFF);
                    out.accept(new Received.Close(code));
                    answering.answer(new Frame(true, 0, Frame.CLOSE, payload));
                }
                default -> require(false, "opcode " + rsvAndOpcode);
            }
        }

        private static byte[] inflate(byte[] deflated) {
            Inflater inflater = new Inflater(true);
            try {
                ByteArrayOutputStream plain = new ByteArrayOutputStream(2 * deflated.length);
                byte[] part = new byte[8192];
                for (byte[] input : List.of(deflated, DEFLATE_TAIL)) {
                    inflater.setInput(input);
                    int count;
                    while ((count = inflater.inflate(part)) > 0) {
                        plain.write(part, 0, count);
                    }
                }
                return plain.toByteArray();
            } catch (DataFormatException e) {
                throw new IllegalArgumentException(e);
            } finally {
                inflater.end();
            }
        }
    }

    /** The chunks of an event stream: each is one event, a comment, or the end. */
    final class Chunks implements ServerBytes {
        private boolean greeted;
        private boolean ended;

        @Override
        public void read(ByteBuf in, Consumer<Received> out) {
            int lineEnd;
            while ((lineEnd = in.indexOf(in.readerIndex(), in.writerIndex(), (byte) '\n')) >= 0) {
                int begin = in.readerIndex();
                require(!ended, "bytes after the last chunk");
                String size = in.readCharSequence(lineEnd + 1 - begin, StandardCharsets.US_ASCII)
                        .toString();
                int length = Integer.parseInt(size.trim(), 16);
                if (in.readableBytes() < length + 2) {
                    in.readerIndex(begin);
                    return;
                }
                byte[] chunk = new byte[length];
                in.readBytes(chunk);
                require(in.readShort() == ('\r' << 8 | '\n'), "the end of a chunk");
                if (length == 0) {
                    ended = true;
                } else if (chunk[0] != ':') {
                    receive(new String(chunk, StandardCharsets.UTF_8), out);
                }
            }
        }

        private void receive(String chunk, Consumer<Received> out) {
            require(chunk.endsWith("\n\n"), "the end of an event");
            @Nullable String id = null;
            String event = "message";
            List<String> data = new ArrayList<>();
            for (String line : chunk.split("\n", -1)) {
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    event = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data.add(line.substring(6));
                } else {
                    require(line.isEmpty() || line.startsWith("retry: "), line);
                }
            }
            if (!greeted) {
                greeted = true;
                out.accept(new Received.Hello(data.isEmpty() ? "ok" : "gap", id));
                return;
            }
            require(data.size() == 1, chunk);
            out.accept(read(event, data.get(0), id));
        }

        private static Received read(String event, String data, @Nullable String id) {
            if (event.equals("gap")) {
                return Received.gap(data);
            } else if (event.equals("bye")) {
                return Received.bye(data);
            }
            Received received = Received.text(data.getBytes(StandardCharsets.UTF_8));
            require(received instanceof Received.Event one && ("e" + one.number()).equals(id), "id " + id);
            return received;
        }
    }

    private static void require(boolean kept, String what) {
        if (!kept) {
            throw new IllegalArgumentException("a breach of the protocol: " + what);
        }
    }
}
