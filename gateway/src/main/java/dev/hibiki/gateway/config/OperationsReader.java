package dev.hibiki.gateway.config;

/** Reads the options that say what proxies and supervisors see of the gateway. */
final class OperationsReader {
    private static final int MAX_PORT = 65_535;
    private static final int MIN_CANARY_MS = 2_000;
    private static final int MAX_RATE = 1_000_000;
    private static final int DAY_MS = 86_400_000;

    private final Values values;

    OperationsReader(Values values) {
        this.values = values;
    }

    GatewayConfig.Operations read() throws ConfigException {
        return new GatewayConfig.Operations(
                values.integer(Setting.DRAIN_DELAY_MS, 0, DAY_MS),
                values.integer(Setting.DRAIN_RATE, 0, MAX_RATE),
                values.integer(Setting.DRAIN_DEADLINE_MS, 0, DAY_MS),
                values.text(Setting.AGENT_PORT) == null ? null : values.integer(Setting.AGENT_PORT, 0, MAX_PORT),
                values.integer(Setting.LOOP_TIMEOUT_MS, 1_000, DAY_MS),
                canaryIntervalMs());
    }

    private int canaryIntervalMs() throws ConfigException {
        int interval = values.integer(Setting.CANARY_INTERVAL_MS, 0, DAY_MS);
        if (interval > 0 && interval < MIN_CANARY_MS) {
            throw values.wrong(Setting.CANARY_INTERVAL_MS, "0, or a whole number from 2000 to 86400000");
        }
        return interval;
    }
}
