package dev.hibiki.gateway.config;

/** The format of a log line. The names are what {@code --log-format} accepts. */
public enum LogFormat {
    TEXT,
    JSON
}
