package dev.hibiki.bench.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads one whole number out of JSON text without parsing it. Confined to one loop.
 *
 * <p>Messages of one topic look alike, so the place where the field was last time is tried first: two loads and a compare.
 * Only when the layout differs is the text searched, and the new place is learned. A field inside an escaped string
 * ({@code \"seq\":7}) is found too, for servers that wrap the event.
 */
public final class FieldFinder {
    /** What {@link #parse} answers when the field is not there. */
    public static final long NOT_FOUND = -1;

    private final byte[] key;
    private final long keyBits;
    private final long keyMask;
    private int keyOffset = -1;
    private int digitsOffset;

    /** Finds {@code "name": digits}; the name has at most seven bytes. */
    public FieldFinder(String name) {
        key = ('"' + name).getBytes(StandardCharsets.UTF_8);
        if (key.length > Long.BYTES) {
            throw new IllegalArgumentException("name: " + name + " (expected: at most seven bytes)");
        }
        long bits = 0;
        for (byte b : key) {
            bits = bits << 8 | (b & 0xFF);
        }
        int unused = (Long.BYTES - key.length) * Byte.SIZE;
        keyBits = bits << unused;
        keyMask = -1L << unused;
    }

    /** The field's value in {@code [from, to)} of a big-endian buffer, or {@link #NOT_FOUND}. */
    public long parse(ByteBuffer in, int from, int to) {
        if (keyOffset >= 0) {
            int digits = from + digitsOffset;
            int at = from + keyOffset;
            if (digits < to
                    && to - at >= Long.BYTES
                    && (in.getLong(at) & keyMask) == keyBits
                    && isDigit(in.get(digits))
                    && !isDigit(in.get(digits - 1))) {
                return number(in, digits, to);
            }
        }
        return search(in, from, to);
    }

    private long search(ByteBuffer in, int from, int to) {
        for (int at = from; at <= to - key.length; at++) {
            if (in.get(at) == key[0] && matches(in, at)) {
                int digits = skipPunctuation(in, at + key.length, to);
                if (digits < to && isDigit(in.get(digits))) {
                    keyOffset = at - from;
                    digitsOffset = digits - from;
                    return number(in, digits, to);
                }
            }
        }
        return NOT_FOUND;
    }

    private boolean matches(ByteBuffer in, int at) {
        for (int i = 1; i < key.length; i++) {
            if (in.get(at + i) != key[i]) {
                return false;
            }
        }
        return true;
    }

    private static int skipPunctuation(ByteBuffer in, int from, int to) {
        int at = from;
        while (at < to) {
            byte b = in.get(at);
            if (b != '"' && b != '\\' && b != ':' && b != ' ') {
                break;
            }
            at++;
        }
        return at;
    }

    private static long number(ByteBuffer in, int from, int to) {
        long value = 0;
        int at = from;
        while (to - at >= Long.BYTES) {
            long eight = in.getLong(at);
            if (!Digits.areEight(eight)) {
                break;
            }
            value = value * 100_000_000 + Digits.parseEight(eight);
            at += Long.BYTES;
        }
        while (at < to && isDigit(in.get(at))) {
            value = value * 10 + (in.get(at++) - '0');
        }
        return value;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }
}
