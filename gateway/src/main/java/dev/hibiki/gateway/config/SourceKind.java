package dev.hibiki.gateway.config;

import java.util.Locale;

/** As what Redis has the events. */
public enum SourceKind {
    /** Messages, gone once they are sent. */
    PUBSUB,
    /** Entries of streams, kept until they are trimmed. */
    STREAMS;

    /** As the operator writes it. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
