package dev.hibiki.gateway.config;

/** The lowest level that is logged. The names are what {@code --log-level} accepts. */
public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
}
