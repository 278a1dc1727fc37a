package dev.hibiki.gateway.config;

/** From where on the log says something. The names are what {@code --log-level} accepts. */
public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
}
