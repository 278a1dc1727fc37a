package dev.hibiki.gateway.event;

import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.core.JsonToken;

/**
 * Says in plain words what is wrong with a text that is no event, where, and what the publisher can do. Stateless. Its time is
 * linear, and it is used only for a text that is refused.
 */
public final class FaultText {
    private static final int BEGINNING_CHARS = 64;

    /** A format that is known by the beginning of its text, and what to do then. */
    private record Format(Pattern beginning, String text) {}

    private static final List<Format> FORMATS = List.of(
            new Format(
                    Pattern.compile("(?:[aOs]:[0-9]+:[{\"]|[ibd]:[-0-9.]+;|N;).*", Pattern.DOTALL),
                    "this is PHP's serialize(): publish the result of json_encode() instead"),
            new Format(
                    Pattern.compile("[A-Za-z0-9_.%+\\[\\]-]+=.*", Pattern.DOTALL),
                    "this is a form (name=value): send the JSON itself, as in curl -d '{\"event\":\"x\"}'"),
            new Format(
                    Pattern.compile("--[^\\s]{8,}.*", Pattern.DOTALL),
                    "this is a form (multipart): send the JSON itself, as in curl -d '{\"event\":\"x\"}'"),
            new Format(
                    Pattern.compile("%(?:7B|5B).*", Pattern.DOTALL | Pattern.CASE_INSENSITIVE),
                    "this is percent-encoded: send the JSON itself, as curl -d does"),
            new Format(Pattern.compile("<.*", Pattern.DOTALL), "this is XML or HTML: publish JSON instead"));

    private FaultText() {}

    /**
     * Describes why a text is not JSON.
     *
     * @param bytesBefore the number of bytes before the text that are no part of it
     */
    public static String notJson(CharSequence text, int bytesBefore) {
        JsonFault.Fault fault = JsonFault.find(text);
        if (fault == null) {
            return "this gateway cannot read this JSON";
        }
        if (fault.at() < BEGINNING_CHARS) {
            String beginning = text.subSequence(0, Math.min(text.length(), BEGINNING_CHARS))
                    .toString()
                    .stripLeading();
            for (Format format : FORMATS) {
                if (format.beginning().matcher(beginning).matches()) {
                    return format.text();
                }
            }
        }
        return fault.found() + position(text, fault.at(), bytesBefore) + " (" + fault.wanted() + ')';
    }

    /** Describes a JSON value that is not an object. */
    static String notObject(JsonToken found, String text) {
        String kind = switch (found) {
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a text";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_NULL -> "null";
            default -> found == JsonToken.VALUE_TRUE ? "true" : "false";
        };
        boolean twice = found == JsonToken.VALUE_STRING && text.stripLeading().startsWith("{");
        return "an event is a JSON object, this is " + kind
                + (twice ? " that holds JSON: it was encoded twice, so encode it once" : "");
    }

    /** Where a character is: its byte, and in a text of several lines its line and column. */
    private static String position(CharSequence text, int at, int bytesBefore) {
        int bytes = bytesBefore;
        int line = 1;
        int column = 1;
        for (int i = 0; i < at; i++) {
            char c = text.charAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
            column++;
            if (c == '\n') {
                line++;
                column = 1;
            }
        }
        return " at byte " + bytes + (line == 1 ? "" : ", line " + line + " column " + column);
    }
}
