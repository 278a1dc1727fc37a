package dev.hibiki.gateway.auth;

import dev.hibiki.gateway.auth.TokenException.Reason;
import dev.hibiki.gateway.config.AuthSettings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The claims of a token (RFC 7519, section 4.1) that the gateway knows, each of the right type; null is none. A claim of a
 * wrong type makes the whole token invalid, since a claim that is ignored could allow more than was meant. Immutable.
 *
 * @param expiresAtMs milliseconds since 1970
 * @param notBeforeMs milliseconds since 1970; 0 when the claim is absent
 * @param audience empty when the claim is absent
 */
record Claims(
        long expiresAtMs,
        long notBeforeMs,
        @Nullable String issuer,
        List<String> audience,
        @Nullable String subject,
        Rights rights) {
    private static final int MAX_STRINGS = 64;
    private static final int MAX_CHARS = 256;
    /** The end of the year 9999. A time beyond it is probably in milliseconds, and would make a token that does not expire. */
    private static final double MAX_SECONDS = 253_402_300_799.0;

    /** Reads the payload of a token whose signature is valid. */
    static Claims read(byte[] payload) throws TokenException {
        Reader reader = new Reader();
        try {
            StrictJson.readObject(payload, reader);
        } catch (StrictJson.MalformedException e) {
            throw new TokenException(Reason.CLAIMS, "the claims of the token are not valid: " + e.getMessage());
        }
        if (reader.expiresAtMs < 0) {
            throw new TokenException(
                    Reason.CLAIMS, "the token has no \"exp\", the time at which it ends in seconds since 1970");
        }
        return new Claims(
                reader.expiresAtMs,
                reader.notBeforeMs,
                reader.issuer,
                reader.audience,
                reader.subject,
                new Rights(reader.channels, reader.regions));
    }

    /** Confined to its thread. */
    private static final class Reader implements StrictJson.Member {
        private long expiresAtMs = -1;
        private long notBeforeMs;
        private @Nullable String issuer;
        private List<String> audience = List.of();
        private @Nullable String subject;
        /** Without {@code hibiki.channels} a token allows no channel: it was made for another service. */
        private List<String> channels = List.of();

        private List<String> regions = List.of();

        @Override
        public void read(String name, JsonParser json) throws StrictJson.MalformedException {
            switch (name) {
                case "exp" -> expiresAtMs = timeMs(name, json);
                case "nbf" -> notBeforeMs = timeMs(name, json);
                case "iat" -> timeMs(name, json);
                case "iss" -> issuer = StrictJson.string(name, json);
                case "sub" -> subject = subject(json);
                case "jti" -> StrictJson.string(name, json);
                case "aud" -> audience = strings(name, json, Integer.MAX_VALUE);
                case "hibiki" -> {
                    require(json.currentToken() == JsonToken.START_OBJECT, "\"hibiki\" is not an object");
                    regions = List.of("*"); // Without hibiki.regions, the token allows all of them.
                    StrictJson.readMembers(json, this::readRight);
                }
                default -> json.skipChildren();
            }
        }

        private void readRight(String name, JsonParser json) throws StrictJson.MalformedException {
            switch (name) {
                case "channels" -> channels = strings(name, json, MAX_CHARS);
                case "regions" -> regions = strings(name, json, MAX_CHARS);
                default -> json.skipChildren();
            }
        }

        private static String subject(JsonParser json) throws StrictJson.MalformedException {
            String subject = StrictJson.string("sub", json);
            require(subject.length() <= MAX_CHARS, "\"sub\" is longer than " + MAX_CHARS + " characters");
            return subject;
        }

        /** Seconds since 1970, which may have a fraction. */
        private static long timeMs(String name, JsonParser json) throws StrictJson.MalformedException {
            String expected = '"' + name + "\" is not a time in seconds between the years 1970 and 9999";
            require(json.currentToken().isNumeric(), expected);
            double seconds = Double.parseDouble(json.getString());
            require(seconds >= 0 && seconds <= MAX_SECONDS, expected);
            return ((long) seconds) * 1_000;
        }

        /** One string, or an array of them. */
        private static List<String> strings(String name, JsonParser json, int maxChars)
                throws StrictJson.MalformedException {
            String expected = '"' + name + "\" is not an array of at most " + MAX_STRINGS + " strings"
                    + (maxChars == MAX_CHARS ? " of at most " + MAX_CHARS + " characters" : "");
            List<String> strings = new ArrayList<>();
            boolean array = json.currentToken() == JsonToken.START_ARRAY;
            while (!array || json.nextToken() != JsonToken.END_ARRAY) {
                require(json.currentToken() == JsonToken.VALUE_STRING && strings.size() < MAX_STRINGS, expected);
                String string = StrictJson.string('"' + name + '"', json);
                require(string.length() <= maxChars, expected);
                strings.add(string);
                if (!array) {
                    break;
                }
            }
            return List.copyOf(strings);
        }

        private static void require(boolean condition, String otherwise) throws StrictJson.MalformedException {
            if (!condition) {
                throw new StrictJson.MalformedException(otherwise);
            }
        }
    }

    /**
     * Checks what depends on time and configuration.
     *
     * @param leewayMs for clocks that differ
     */
    void check(AuthSettings.Jwt settings, long leewayMs, long nowMs) throws TokenException {
        if (nowMs >= expiresAtMs + leewayMs) {
            throw new TokenException(
                    Reason.EXPIRED, "the token has expired: its exp was " + (nowMs - expiresAtMs) / 1000 + " s ago");
        }
        if (notBeforeMs > nowMs + leewayMs) {
            throw new TokenException(
                    Reason.NOT_YET,
                    "the token is not valid yet: its nbf is in " + (notBeforeMs - nowMs) / 1000
                            + " s; compare the clocks, or set --jwt-leeway-s");
        }
        if (settings.issuer() != null && !settings.issuer().equals(issuer)) {
            throw new TokenException(Reason.ISSUER);
        }
        if (settings.audience() != null && !audience.contains(settings.audience())) {
            throw new TokenException(Reason.AUDIENCE);
        }
    }
}
