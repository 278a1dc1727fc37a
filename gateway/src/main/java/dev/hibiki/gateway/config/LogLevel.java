package dev.hibiki.gateway.config;

import java.util.Locale;

/** From where on the log says something. The names are what {@code --log-level} accepts. */
public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE;

    /** As the operator writes it. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
