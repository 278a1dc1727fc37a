package dev.hibiki.gateway.config;

/** How a line of the log looks. The names are what {@code --log-format} accepts. */
public enum LogFormat {
    TEXT,
    JSON
}
