package dev.hibiki.gateway.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Percent codes (RFC 3986, section 2.1), which stand for the bytes of UTF-8. Stateless. Strangers send what cannot be decoded as often
 * as they like, so that is a result and no exception.
 */
public final class PercentCodes {
    private static final String NO_DIGITS = "a % is not followed by two hexadecimal digits (expected: %25 for a %)";
    private static final String NOT_UTF8 =
            "its percent codes are not UTF-8 (expected: percent codes of UTF-8, such as %E5%8B%95 for \u52d5)";

    private PercentCodes() {}

    /** Decodes a path; null when that is not possible. */
    public static @Nullable String path(String encoded) {
        return decode(encoded, false);
    }

    /** Decodes the name or the value of a parameter, in which a plus is a space; null when that is not possible. */
    public static @Nullable String parameter(String encoded) {
        return decode(encoded, true);
    }

    /** Says why a text cannot be decoded, and what helps; it repeats nothing of the text. */
    public static String problem(String encoded) {
        byte[] bytes = encoded.getBytes(StandardCharsets.UTF_8);
        return resolve(bytes, false) < 0 ? NO_DIGITS : NOT_UTF8;
    }

    private static @Nullable String decode(String encoded, boolean plusIsSpace) {
        if (encoded.indexOf('%') < 0) {
            return plusIsSpace ? encoded.replace('+', ' ') : encoded;
        }
        byte[] bytes = encoded.getBytes(StandardCharsets.UTF_8);
        int length = resolve(bytes, plusIsSpace);
        return length >= 0 && ByteBufUtil.isText(Unpooled.wrappedBuffer(bytes, 0, length), StandardCharsets.UTF_8)
                ? new String(bytes, 0, length, StandardCharsets.UTF_8)
                : null;
    }

    /** @return -1 for another byte than a hexadecimal digit, which may be one of UTF-8 */
    private static int digit(byte b) {
        return Character.digit(b & 0xff, 16);
    }

    /** Replaces the codes by their bytes, in place. @return the new length; -1 for a % without two digits */
    private static int resolve(byte[] bytes, boolean plusIsSpace) {
        int length = 0;
        int at = 0;
        while (at < bytes.length) {
            byte b = bytes[at++];
            if (b == '%') {
                int high = at + 1 < bytes.length ? digit(bytes[at]) : -1;
                int low = high < 0 ? -1 : digit(bytes[at + 1]);
                if (low < 0) {
                    return -1;
                }
                b = (byte) (high << 4 | low);
                at += 2;
            } else if (b == '+' && plusIsSpace) {
                b = ' ';
            }
            bytes[length++] = b;
        }
        return length;
    }
}
