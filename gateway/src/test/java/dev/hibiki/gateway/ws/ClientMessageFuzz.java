package dev.hibiki.gateway.ws;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Fuzz target: a message of a client in hibiki.v1, which is UTF-8. It is malformed, or the same message when it is written
 * and read again. See {@link dev.hibiki.gateway.fuzz}.
 */
public final class ClientMessageFuzz {
    private ClientMessageFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        byte[] utf8 = new String(input, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
        ClientMessage message;
        try {
            message = ClientMessage.parse(utf8);
        } catch (ClientMessage.MalformedException e) {
            if (e.getMessage().isEmpty()) {
                throw new AssertionError("no reason");
            }
            return;
        }
        String json = json(message);
        try {
            if (!ClientMessage.parse(json.getBytes(StandardCharsets.US_ASCII)).equals(message)) {
                throw new AssertionError("another message: " + json);
            }
        } catch (ClientMessage.MalformedException e) {
            throw new AssertionError("no message any more: " + json, e);
        }
    }

    private static String json(ClientMessage message) {
        String type = message.type().name().toLowerCase(Locale.ROOT);
        String regions =
                message.regions().stream().map(ClientMessageFuzz::string).collect(Collectors.joining(","));
        return "{\"$\":{\"" + type + "\":{\"channel\":" + string(message.channel()) + ",\"region\":[" + regions
                + "],\"last_id\":" + string(message.lastId())
                + (message.token() == null ? "" : ",\"token\":" + string(message.token())) + "}}}";
    }

    /** All characters escaped, so that lone surrogates stay what they are. */
    private static String string(@Nullable String text) {
        return text == null
                ? "null"
                : text.chars().mapToObj(c -> String.format("\\u%04x", c)).collect(Collectors.joining("", "\"", "\""));
    }
}
