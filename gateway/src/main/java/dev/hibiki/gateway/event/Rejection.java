package dev.hibiki.gateway.event;

import java.util.Arrays;
import java.util.List;

/** The reasons why published bytes are not an event. Do not rename a label: it is in metrics and in error texts. */
public enum Rejection {
    NOT_JSON("not_json"),
    NOT_OBJECT("not_object"),
    TOO_LARGE("too_large"),
    TOO_DEEP("too_deep"),
    INVALID_UTF8("invalid_utf8"),
    RESERVED_KEY("reserved_key");

    private final String label;

    Rejection(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    /** Returns the labels of all reasons. */
    public static List<String> labels() {
        return Arrays.stream(values()).map(Rejection::label).toList();
    }
}
