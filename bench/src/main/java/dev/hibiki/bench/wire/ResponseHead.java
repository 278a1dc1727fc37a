package dev.hibiki.bench.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An HTTP response up to its empty line; {@code bytes} is its length on the wire. */
public record ResponseHead(int status, String statusLine, Map<String, String> headers, int bytes) {
    private static final int END = 0x0D0A0D0A;

    /** Parses the head that starts at {@code from}; null when its end has not come yet. */
    public static @Nullable ResponseHead parse(ByteBuffer in, int from, int to) throws ProtocolException {
        for (int i = from; i <= to - 4; i++) {
            if (in.getInt(i) == END) {
                byte[] head = new byte[i - from];
                in.get(from, head);
                return of(new String(head, StandardCharsets.ISO_8859_1), i + 4 - from);
            }
        }
        if (to - from >= 4 && in.getInt(from) != 0x48545450) {
            throw new ProtocolException("the answer is not HTTP");
        }
        return null;
    }

    /** The header's value, or the empty string. */
    public String header(String name) {
        return headers.getOrDefault(name, "");
    }

    public boolean headerHas(String name, String word) {
        return header(name).toLowerCase(Locale.ROOT).contains(word);
    }

    private static ResponseHead of(String text, int bytes) throws ProtocolException {
        String[] lines = text.split("\r\n", -1);
        if (lines[0].length() < 12 || !lines[0].startsWith("HTTP/1.") || !isNumber(lines[0].substring(9, 12))) {
            throw new ProtocolException("the answer is not HTTP/1.1");
        }
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon > 0) {
                headers.merge(
                        lines[i].substring(0, colon),
                        lines[i].substring(colon + 1).strip(),
                        (a, b) -> a + ", " + b);
            }
        }
        return new ResponseHead(Integer.parseInt(lines[0].substring(9, 12)), lines[0], headers, bytes);
    }

    private static boolean isNumber(String text) {
        return text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
