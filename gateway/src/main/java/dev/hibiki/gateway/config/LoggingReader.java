package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Values;

/** Reads the options that say what is logged. */
final class LoggingReader {
    private final Values values;

    LoggingReader(Values values) {
        this.values = values;
    }

    GatewayConfig.Logging read() throws ConfigException {
        return new GatewayConfig.Logging(
                values.choice(Setting.LOG_FORMAT, LogFormat.class, LogFormat::optionName),
                values.choice(Setting.LOG_LEVEL, LogLevel.class, LogLevel::optionName));
    }
}
