package dev.hibiki.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;

/** A WebSocket frame (RFC 6455, section 5.2) without its mask. Immutable as long as nobody writes into its payload. */
public final class Frame {
    public static final int CONTINUATION = 0x0;
    public static final int TEXT = 0x1;
    public static final int BINARY = 0x2;
    public static final int CLOSE = 0x8;
    public static final int PING = 0x9;
    public static final int PONG = 0xA;

    /** The first reserved bit, which permessage-deflate (RFC 7692) sets on a compressed message. */
    public static final int RSV1 = 4;

    static final int MAX_CONTROL_PAYLOAD = 125;

    private final boolean fin;
    private final int rsv;
    private final int opcode;
    private final byte[] payload;

    /** {@code rsv} is the three reserved bits, RSV1 worth 4; {@code payload} is not copied. */
    public Frame(boolean fin, int rsv, int opcode, byte[] payload) {
        this.fin = fin;
        this.rsv = rsv;
        this.opcode = opcode;
        this.payload = payload;
    }

    public static Frame text(String text) {
        return new Frame(true, 0, TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    public static Frame ping(byte[] payload) {
        return new Frame(true, 0, PING, payload);
    }

    public static Frame close(int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        byte[] payload = ByteBuffer.allocate(2 + text.length)
                .putShort((short) code)
                .put(text)
                .array();
        return new Frame(true, 0, CLOSE, payload);
    }

    public boolean fin() {
        return fin;
    }

    public int rsv() {
        return rsv;
    }

    public int opcode() {
        return opcode;
    }

    /** The payload itself, not a copy. */
    public byte[] payload() {
        return payload;
    }

    public boolean isControl() {
        return (opcode & 0x8) != 0;
    }

    /** The payload as text; invalid UTF-8 is a violation and not replaced. */
    public String text() {
        return utf8(ByteBuffer.wrap(payload));
    }

    static String utf8(ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new ProtocolViolationException("Text is not UTF-8 (section 8.1)");
        }
    }

    /** The bytes of the frame from a client, masked with a random key (section 5.3). */
    public byte[] masked() {
        return encode(true, ThreadLocalRandom.current().nextInt());
    }

    /** The bytes of the frame from a server. */
    public byte[] unmasked() {
        return encode(false, 0);
    }

    private byte[] encode(boolean mask, int key) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(payload.length + 14);
        out.write((fin ? 0x80 : 0) | rsv << 4 | opcode);
        int maskBit = mask ? 0x80 : 0;
        if (payload.length < 126) {
            out.write(maskBit | payload.length);
        } else if (payload.length <= 0xFFFF) {
            out.write(maskBit | 126);
            out.writeBytes(
                    ByteBuffer.allocate(2).putShort((short) payload.length).array());
        } else {
            out.write(maskBit | 127);
            out.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
        }
        if (!mask) {
            out.writeBytes(payload);
            return out.toByteArray();
        }
        byte[] keyBytes = ByteBuffer.allocate(4).putInt(key).array();
        out.writeBytes(keyBytes);
        for (int i = 0; i < payload.length; i++) {
            out.write(payload[i] ^ keyBytes[i & 3]);
        }
        return out.toByteArray();
    }

    @Override
    public String toString() {
        return "Frame[fin=" + fin + ", rsv=" + rsv + ", opcode=" + opcode + ", " + payload.length + " bytes]";
    }
}
