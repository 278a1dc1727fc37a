package dev.hibiki.gateway.support;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Makes events to publish, and reads fields of those that arrive. Stateless. */
public final class Events {
    public static final String CHANNEL = "topvideohub:trending";

    private static final JsonFactory JSON = new JsonFactory();
    private static final byte[] SEQUENCE = "\"seq\":".getBytes(StandardCharsets.US_ASCII);

    private Events() {}

    /** An event of a region, in the form that a gateway sends: the arriving event equals the published one. */
    public static String event(String region, long sequence) {
        return "{\"event\":\"new_trending\",\"region\":\"" + region + "\",\"title\":\"新しい動画\",\"seq\":" + sequence
                + ",\"id\":\"e" + sequence + "\"}";
    }

    /** An event without an id of its own. */
    public static String withoutId(long sequence) {
        return "{\"seq\":" + sequence + ",\"event\":\"new_trending\",\"region\":\"JP\",\"title\":\"新しい動画\"}";
    }

    /** Like {@link #event}, but without a region, and of about this many bytes. */
    public static byte[] large(long sequence, int bytes) {
        String event = "{\"seq\":" + sequence + ",\"event\":\"new_trending\",\"title\":\"新しい動画\",\"text\":\""
                + "x".repeat(bytes) + "\",\"id\":\"e" + sequence + "\"}";
        return event.getBytes(StandardCharsets.UTF_8);
    }

    public static List<byte[]> large(long from, long to, int bytes) {
        return LongStream.range(from, to)
                .mapToObj(sequence -> large(sequence, bytes))
                .toList();
    }

    public static List<byte[]> bytes(String... events) {
        return List.of(events).stream()
                .map(event -> event.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    /** The number of an event from this class, -1 for another event. */
    public static long sequence(byte[] payload) {
        return number(payload, SEQUENCE);
    }

    /** The number after the first occurrence of {@code before}, -1 without one. */
    public static long number(byte[] payload, byte[] before) {
        int at = 0;
        while (at < payload.length - before.length && !isAt(payload, at, before)) {
            at++;
        }
        if (!isAt(payload, at, before)) {
            return -1;
        }
        long number = 0;
        for (int i = at + before.length; payload[i] >= '0' && payload[i] <= '9'; i++) {
            number = 10 * number + payload[i] - '0';
        }
        return number;
    }

    private static boolean isAt(byte[] payload, int start, byte[] sought) {
        for (int i = 0; i < sought.length; i++) {
            if (start + i >= payload.length || payload[start + i] != sought[i]) {
                return false;
            }
        }
        return true;
    }

    /** The fields of a flat JSON object as text, in their order. */
    public static Map<String, String> fields(String json) {
        Map<String, String> fields = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                fields.put(name, parser.getString());
            }
        }
        return fields;
    }

    public static String id(String json) {
        return fields(json).getOrDefault("id", "");
    }

    /** The strings of the array {@code ids} in the answer to a publish request. */
    public static List<String> ids(String answer) {
        String list = answer.replaceFirst("(?s).*\"ids\":\\[(.*?)].*", "$1");
        return list.isEmpty()
                ? List.of()
                : List.of(list.split(",", -1)).stream()
                        .map(quoted -> quoted.substring(1, quoted.length() - 1))
                        .toList();
    }
}
