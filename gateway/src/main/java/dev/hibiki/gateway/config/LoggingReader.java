package dev.hibiki.gateway.config;

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
