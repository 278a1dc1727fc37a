package dev.hibiki.gateway.redis.address;

import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;
import io.lettuce.core.StaticCredentialsProvider;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** User and password in an address. Immutable. {@link #toString} shows neither. */
final class Credentials {
    static final Credentials NONE = new Credentials(null, null);

    /** Characters with a meaning of their own in an address, so that nobody could tell where a password ends. */
    private static final String RAW = "/?# ";

    /** The hosts of several addresses, in what stands before the last @. */
    private static final Pattern SEVERAL = Pattern.compile("^[^:]*,[^:]*:|@[^@]*,", Pattern.DOTALL);

    private final @Nullable String user;
    private final @Nullable String password;

    private Credentials(@Nullable String user, @Nullable String password) {
        this.user = user;
        this.password = password;
    }

    /**
     * Reads user and password. Without a password there are none: a file of Docker Compose makes such a text of a variable that is
     * not set.
     *
     * @param text what stands before the last @
     */
    static Credentials parse(String text) {
        Set<String> raw = new LinkedHashSet<>();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (RAW.indexOf(c) >= 0) {
                raw.add((c == ' ' ? "a space" : String.valueOf(c)) + " as %" + hex(c));
            } else if (c == '%' && !isCode(text, i)) {
                raw.add("% as %25");
            } else if (Character.isISOControl(c) || Character.getType(c) == Character.LINE_SEPARATOR) {
                raw.add("a control character by its code, such as %0D; in a file, \\ as \\\\");
            }
        }
        if (!raw.isEmpty()) {
            throw AddressParser.refusal(
                    "the user or the password contains a character that must be written as a code",
                    "in the user and the password, " + String.join(", ", raw));
        }
        if (SEVERAL.matcher(text).find()) {
            throw AddressParser.refusal(
                    "it names a user before several hosts, or before another than the first",
                    "one USER:PASSWORD@ before the first host; in the user and the password, @ as %40 and , as %2C");
        }
        int colon = text.indexOf(':');
        if (colon < 0) { // As redis-cli and Lettuce read it.
            return text.isEmpty() ? NONE : new Credentials(null, decode(text));
        }
        String user = text.substring(0, colon);
        String password = text.substring(colon + 1);
        if (password.isEmpty()) {
            return NONE;
        }
        return new Credentials(user.isEmpty() ? null : decode(user), decode(password));
    }

    private static boolean isCode(String text, int percent) {
        return percent + 2 < text.length()
                && HexFormat.isHexDigit(text.charAt(percent + 1))
                && HexFormat.isHexDigit(text.charAt(percent + 2));
    }

    private static String hex(char c) {
        return HexFormat.of().withUpperCase().toHexDigits((byte) c);
    }

    /** Decodes RFC 3986, section 2.1, once. A plus stays a plus. */
    static String decode(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length());
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != '%') {
                out.write(bytes[i]);
            } else if (i + 2 < bytes.length
                    && HexFormat.isHexDigit(bytes[i + 1])
                    && HexFormat.isHexDigit(bytes[i + 2])) {
                out.write(16 * HexFormat.fromHexDigit(bytes[i + 1]) + HexFormat.fromHexDigit(bytes[i + 2]));
                i += 2;
            } else {
                throw AddressParser.refusal("a % is not followed by two hexadecimal digits", "% as %25");
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(out.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw AddressParser.refusal("its percent codes are not UTF-8", "é as %C3%A9, for example");
        }
    }

    void setOn(RedisURI uri) {
        if (password != null) {
            uri.setCredentialsProvider(
                    new StaticCredentialsProvider(RedisCredentials.just(user, password.toCharArray())));
        }
    }

    @Override
    public String toString() {
        return "***";
    }
}
