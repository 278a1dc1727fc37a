package dev.hibiki.gateway.session;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One thing that the gateway told a client of a schedule, in any protocol. Immutable. */
sealed interface Received {
    /** @param number of the event in the {@link EventJournal} */
    @SuppressWarnings("ArrayRecordComponent") // Not compared.
    record Event(int number, byte[] json) implements Received {}

    /** @param resume {@code new}, {@code ok} or {@code gap}; for an event stream {@code ok} stands for {@code new} too */
    record Hello(String resume, @Nullable String id) implements Received {}

    record Gap(String channel, int missed) implements Received {}

    record Subscribed(
            String channel,
            List<String> regions,
            String resume,
            @Nullable String id) implements Received {}

    record Unsubscribed(String channel) implements Received {}

    record Refused(String code) implements Received {}

    record Pong(String payload) implements Received {}

    record Bye(int code) implements Received {}

    record Close(int code) implements Received {}

    /** True for the answer to a control message of the client. */
    default boolean isAnswer() {
        return this instanceof Subscribed || this instanceof Unsubscribed || this instanceof Refused;
    }

    /** Reads a text message: an event of the journal, or a control message. */
    static Received text(byte[] utf8) {
        if (utf8.length > 5 && utf8[0] == '{' && utf8[1] == '"' && utf8[2] == '$') {
            return control(new String(utf8, StandardCharsets.UTF_8));
        }
        int place = 1;
        int number = 0;
        int i = utf8.length - 3; // Before the end of the id: {…,"id":"e12"}
        for (; i > 0 && utf8[i] >= '0' && utf8[i] <= '9'; i--, place *= 10) {
            number += place * (utf8[i] - '0');
        }
        if (place == 1 || utf8[i] != 'e') {
            throw new IllegalArgumentException(
                    "not an event of the journal: " + new String(utf8, StandardCharsets.UTF_8));
        }
        return new Event(number, utf8);
    }

    private static Received control(String json) {
        String type = field(json, "^\\{\"\\$\":\\{\"(\\w+)\":");
        return switch (String.valueOf(type)) {
            case "hello" -> new Hello(required(json, "resume"), optional(json, "id"));
            case "gap" -> gap(json);
            case "subscribed" ->
                new Subscribed(
                        required(json, "channel"),
                        strings(String.valueOf(field(json, "\"region\":\\[(.*?)\\]"))),
                        required(json, "resume"),
                        optional(json, "id"));
            case "unsubscribed" -> new Unsubscribed(required(json, "channel"));
            case "error" -> new Refused(required(json, "code"));
            case "bye" -> bye(json);
            default -> throw new IllegalArgumentException("not a control message: " + json);
        };
    }

    static Gap gap(String json) {
        return new Gap(required(json, "channel"), Integer.parseInt(String.valueOf(field(json, "\"missed\":(\\d+)"))));
    }

    static Bye bye(String json) {
        return new Bye(Integer.parseInt(String.valueOf(field(json, "\"code\":(\\d+)"))));
    }

    private static List<String> strings(String list) {
        return list.isEmpty()
                ? List.of()
                : List.of(list.substring(1, list.length() - 1).split("\",\"", -1));
    }

    private static String required(String json, String name) {
        String value = optional(json, name);
        if (value == null) {
            throw new IllegalArgumentException("no " + name + " in " + json);
        }
        return value;
    }

    private static @Nullable String optional(String json, String name) {
        return field(json, "\"" + name + "\":\"(.*?)\"");
    }

    private static @Nullable String field(String json, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(json);
        return matcher.find() ? matcher.group(1) : null;
    }
}
