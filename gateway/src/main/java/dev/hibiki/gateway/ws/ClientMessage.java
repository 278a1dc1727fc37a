package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.event.FaultText;
import dev.hibiki.gateway.session.Selection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * A message of a client in the subprotocol {@code hibiki.v1}: {@code {"$":{"subscribe":{"channel":"…","region":["JP"],
 * "last_id":"…"}}}}, {@code {"$":{"unsubscribe":{"channel":"…"}}}} or {@code {"$":{"auth":{"token":"…"}}}}. Immutable.
 *
 * @param channel empty in {@code auth}
 * @param lastId null when the message has none
 * @param token null except in {@code auth}
 */
record ClientMessage(
        Type type,
        String channel,
        List<String> regions,
        @Nullable String lastId,
        @Nullable String token) {
    /** The length of a message is limited already; a number may be as long as that. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .build();

    enum Type {
        SUBSCRIBE,
        UNSUBSCRIBE,
        AUTH
    }

    /** The message is malformed. The text says what was expected; the client may read it. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        private MalformedException(String expected) {
            super(expected, null, false, false);
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }

    /** Reads one message. @throws MalformedException that says what is wrong */
    static ClientMessage parse(byte[] utf8) throws MalformedException {
        try (JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), utf8)) {
            expect(json.nextToken() == JsonToken.START_OBJECT, "an object whose only key is \"$\"");
            expect("$".equals(json.nextName()), "an object whose only key is \"$\"");
            expect(json.nextToken() == JsonToken.START_OBJECT, "an object as value of \"$\"");
            Type type = type(json.nextName());
            ClientMessage message = parameters(json, type);
            expect(json.nextToken() == JsonToken.END_OBJECT, "one message in \"$\"");
            expect(json.nextToken() == JsonToken.END_OBJECT, "an object whose only key is \"$\"");
            expect(json.nextToken() == null, "nothing after the object");
            return message;
        } catch (JacksonException e) {
            throw new MalformedException("not JSON: " + FaultText.notJson(new String(utf8, StandardCharsets.UTF_8), 0));
        }
    }

    private static Type type(@Nullable String name) throws MalformedException {
        for (Type type : Type.values()) {
            if (type.name().toLowerCase(Locale.ROOT).equals(name)) {
                return type;
            }
        }
        throw new MalformedException("subscribe, unsubscribe or auth in \"$\"");
    }

    private static ClientMessage parameters(JsonParser json, Type type) throws MalformedException {
        expect(json.nextToken() == JsonToken.START_OBJECT, "an object with the message's parameters");
        String channel = null;
        List<String> regions = List.of();
        String lastId = null;
        String token = null;
        String name;
        while ((name = json.nextName()) != null) {
            JsonToken value = json.nextToken();
            switch (name) {
                case "channel" -> channel = string(json, value, "\"channel\" to be a string");
                case "token" -> token = string(json, value, "\"token\" to be a string");
                case "region" -> regions = strings(json, value);
                case "last_id" -> lastId = lastId(json, value);
                default -> json.skipChildren(); // A later version may have more.
            }
        }
        expect(type == Type.AUTH || channel != null, "a \"channel\"");
        expect(type != Type.AUTH || token != null, "a \"token\"");
        return new ClientMessage(type, channel == null ? "" : channel, regions, lastId, token);
    }

    /** A value of another type is no id, and is taken for one that nobody knows: the client is told of a gap. */
    private static @Nullable String lastId(JsonParser json, JsonToken value) {
        if (value == JsonToken.VALUE_STRING || value.isNumeric()) {
            return json.getString();
        }
        json.skipChildren();
        return value == JsonToken.VALUE_NULL ? null : Selection.NO_ID;
    }

    private static List<String> strings(JsonParser json, JsonToken first) throws MalformedException {
        String expected = "\"region\" to be a string or an array of strings";
        if (first == JsonToken.VALUE_NULL) {
            return List.of();
        }
        if (first != JsonToken.START_ARRAY) {
            return List.of(string(json, first, expected));
        }
        List<String> strings = new ArrayList<>();
        JsonToken token;
        while ((token = json.nextToken()) != JsonToken.END_ARRAY) {
            strings.add(string(json, token, expected));
        }
        return List.copyOf(strings);
    }

    private static String string(JsonParser json, JsonToken token, String expected) throws MalformedException {
        expect(token == JsonToken.VALUE_STRING, expected);
        return json.getString();
    }

    private static void expect(boolean condition, String expected) throws MalformedException {
        if (!condition) {
            throw new MalformedException("expected " + expected);
        }
    }
}
