package dev.hibiki.gateway.wire;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The control messages of {@code hibiki.v1}: objects whose only key is {@code $}, whose value has one key, the type of
 * the message. All are UTF-8.
 */
public final class ControlMessages {
    private static final JsonFactory FACTORY = new JsonFactory();

    private ControlMessages() {}

    /**
     * {@code {"$":{"hello":{"resume":"ok|gap|new","id":"…","ping_s":25}}}}: the first message of a connection.
     *
     * @param expiresSeconds how long the client's token is valid, sent as {@code expires_s}; -1 where it has none
     */
    public static byte[] hello(String resume, @Nullable String lastId, int pingSeconds, long expiresSeconds) {
        return message("hello", json -> {
            json.writeStringProperty("resume", resume);
            id(json, lastId);
            json.writeNumberProperty("ping_s", pingSeconds);
            if (expiresSeconds >= 0) {
                json.writeNumberProperty("expires_s", expiresSeconds);
            }
        });
    }

    /**
     * {@code {"$":{"gap":{"channel":"…","missed":12}}}}: events are lost here; {@code null} when their number is
     * unknown.
     */
    public static byte[] gap(String channel, long missed) {
        return message("gap", json -> {
            json.writeStringProperty("channel", channel);
            if (missed < 0) {
                json.writeNullProperty("missed");
            } else {
                json.writeNumberProperty("missed", missed);
            }
        });
    }

    /** {@code {"$":{"bye":{"code":1001,"retry_ms":[500,8000]}}}}: reconnect after a random time between these two. */
    public static byte[] bye(int code, int minRetryMs, int maxRetryMs) {
        return message("bye", json -> {
            json.writeNumberProperty("code", code);
            json.writeArrayPropertyStart("retry_ms");
            json.writeNumber(minRetryMs);
            json.writeNumber(maxRetryMs);
            json.writeEndArray();
        });
    }

    /** Answers {@code subscribe}: the regions of that channel that are subscribed to now, and where they begin. */
    public static byte[] subscribed(String channel, List<String> regions, String resume, @Nullable String lastId) {
        return message("subscribed", json -> {
            json.writeStringProperty("channel", channel);
            json.writeArrayPropertyStart("region");
            regions.forEach(json::writeString);
            json.writeEndArray();
            json.writeStringProperty("resume", resume);
            id(json, lastId);
        });
    }

    /** Answers {@code unsubscribe}. */
    public static byte[] unsubscribed(String channel) {
        return message("unsubscribed", json -> json.writeStringProperty("channel", channel));
    }

    /** Answers {@code auth}: the token is valid for this time. */
    public static byte[] authenticated(long expiresSeconds) {
        return message("authenticated", json -> json.writeNumberProperty("expires_s", expiresSeconds));
    }

    /** Says what is wrong with a message of the client. The connection stays open. */
    public static byte[] error(String code, String text) {
        return message("error", json -> {
            json.writeStringProperty("code", code);
            json.writeStringProperty("message", text);
        });
    }

    /** Returns the object of a control message without the two objects around it, for other formats. */
    static byte[] content(byte[] message) {
        int start = 0;
        for (int colons = 0; colons < 2; start++) {
            colons += message[start] == ':' ? 1 : 0;
        }
        return Arrays.copyOfRange(message, start, message.length - 2);
    }

    private static void id(JsonGenerator json, @Nullable String lastId) {
        if (lastId == null) {
            json.writeNullProperty("id");
        } else {
            json.writeStringProperty("id", lastId);
        }
    }

    private static byte[] message(String type, Consumer<JsonGenerator> content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(128);
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            json.writeObjectPropertyStart("$");
            json.writeObjectPropertyStart(type);
            content.accept(json);
            json.writeEndObject();
            json.writeEndObject();
            json.writeEndObject();
        }
        return out.toByteArray();
    }
}
