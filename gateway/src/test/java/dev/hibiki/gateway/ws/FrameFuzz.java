package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.session.TestSessions;
import dev.hibiki.gateway.wire.DeflatedFormat;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fuzz target: what a client sends after the upgrade. The messages and the answers do not depend on how the bytes are split.
 * Messages are UTF-8 within the limit, and none comes after the close frame. See {@link dev.hibiki.gateway.fuzz}.
 */
public final class FrameFuzz {
    private static final int MAX_MESSAGE_BYTES = 4_096;
    private static final int DEFLATED = 0x80;

    private static @Nullable TestSessions sessions;

    private record Result(List<String> messages, String sent, boolean open) {}

    /** Records the messages. Confined to the thread of the fuzzer. */
    private static final class Recorder extends WebSocketProtocol {
        private final List<String> messages = new ArrayList<>();

        Recorder(WireFormat format) {
            super("fuzz", format, false);
        }

        @Override
        protected void onMessage(Session session, ByteBuf payload) {
            byte[] bytes = new byte[payload.readableBytes()];
            payload.getBytes(payload.readerIndex(), bytes);
            String text = new String(bytes, StandardCharsets.UTF_8);
            require(Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes), "UTF-8");
            require(bytes.length <= MAX_MESSAGE_BYTES, "within the limit");
            require(session.isOpen(), "none after the end");
            messages.add(text);
        }
    }

    private FrameFuzz() {}

    /** The first byte has a bit for permessage-deflate; the rest of it is the length of all parts but the last. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] bytes = Arrays.copyOfRange(input, 1, input.length);
        boolean deflated = (input[0] & DEFLATED) != 0;
        int part = Math.max(1, input[0] & 0x7F);
        Result whole = run(bytes, bytes.length, deflated);
        Result split = run(bytes, part, deflated);
        require(whole.messages.equals(split.messages), "the messages do not depend on parts");
        require(whole.sent.equals(split.sent), "the answers do not depend on parts");
        require(whole.open == split.open, "the end does not depend on parts");
    }

    private static Result run(byte[] bytes, int part, boolean deflated) {
        if (sessions == null) {
            sessions = new TestSessions("ch");
            sessions.sessions.start();
        }
        Recorder protocol = new Recorder(deflated ? new DeflatedFormat(15) : new WebSocketFormat());
        EmbeddedChannel connection = new EmbeddedChannel();
        try {
            sessions.enter(connection, protocol);
            for (int i = 0; i < bytes.length && connection.isOpen(); i += part) {
                connection.writeInbound(Unpooled.copiedBuffer(bytes, i, Math.min(part, bytes.length - i)));
                connection.runPendingTasks();
            }
            boolean open = connection.isOpen();
            return new Result(protocol.messages, sent(connection), open);
        } finally {
            connection.finishAndReleaseAll();
            sessions.channel.runPendingTasks();
            protocol.format().close();
            connection.checkException();
        }
    }

    private static String sent(EmbeddedChannel connection) {
        StringBuilder all = new StringBuilder();
        ByteBuf write;
        while ((write = connection.readOutbound()) != null) {
            all.append(write.toString(StandardCharsets.ISO_8859_1));
            write.release();
        }
        return all.toString();
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}
