package dev.hibiki.gateway.config;

import java.util.Locale;

/** How a line of the log looks. The names are what {@code --log-format} accepts. */
public enum LogFormat {
    TEXT,
    JSON;

    /** As the operator writes it. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
