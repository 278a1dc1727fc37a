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
    /** Reads as many whole frames or events as there are. */
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

    /** An event stream: each block of lines up to an empty one is an event, a comment, or the greeting. */
    final class EventStream implements ServerBytes {
        private static final String NOTHING_KNOWN = "\"channel\":null";

        private boolean ended;
        /** The id of the greeting, which is complete when it is clear whether a gap follows. */
        private @Nullable String greetingId;

        private boolean greeting;
        private boolean greeted;

        @Override
        public void read(ByteBuf in, Consumer<Received> out) {
            int begin = in.readerIndex();
            for (int end = begin + 1; end < in.writerIndex(); end++) {
                if (in.getByte(end) == '\n' && in.getByte(end - 1) == '\n') {
                    String block = in.toString(begin, end - 1 - begin, StandardCharsets.UTF_8);
                    in.readerIndex(end + 1);
                    begin = end + 1;
                    end = begin;
                    require(!ended, "bytes after the last event");
                    if (!block.startsWith(":")) {
                        receive(block, out);
                    }
                }
            }
            if (greeting && !in.isReadable()) {
                greet("ok", out); // A gap is in the same write.
            }
        }

        private void greet(String resume, Consumer<Received> out) {
            greeting = false;
            out.accept(new Received.Hello(resume, greetingId));
        }

        private void receive(String block, Consumer<Received> out) {
            @Nullable String id = null;
            String event = "message";
            List<String> data = new ArrayList<>();
            for (String line : block.split("\n", -1)) {
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    event = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data.add(line.substring(6));
                } else {
                    require(line.startsWith("retry: "), line);
                }
            }
            if (!greeted) {
                greeted = true;
                greeting = true;
                greetingId = id;
                require(data.isEmpty(), block);
                return;
            }
            require(data.size() == 1, block);
            if (greeting) {
                boolean gap = event.equals("gap") && data.get(0).contains(NOTHING_KNOWN);
                greet(gap ? "gap" : "ok", out);
                if (gap) {
                    return;
                }
            }
            ended = event.equals("bye");
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
