package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Values;
import dev.hibiki.gateway.runtime.CidrSet;
import java.util.List;

/** Reads the options for trusted proxies and client limits. */
final class EdgeReader {
    private static final int DEFAULT_CONNECTIONS_PER_ADDRESS = 1_000;
    private static final int DEFAULT_HANDSHAKES_PER_ADDRESS = 50;
    private static final int MAX_RATE = 1_000_000;
    private static final int MAX_TOPICS = 1_024;

    private final Values values;

    EdgeReader(Values values) {
        this.values = values;
    }

    GatewayConfig.Edge read() throws ConfigException {
        CidrSet trusted = trustedProxies();
        if (values.integer(Setting.HANDSHAKE_RATE, 0, MAX_RATE) == 0) {
            values.warnWithoutEffect(Setting.OVER_BUDGET, "--handshake-rate");
        }
        return new GatewayConfig.Edge(
                trusted,
                new GatewayConfig.Connections(
                        values.integer(Setting.MAX_CONNECTIONS, 0, Integer.MAX_VALUE),
                        ofAddress(Setting.MAX_CONNECTIONS_PER_ADDRESS, trusted, DEFAULT_CONNECTIONS_PER_ADDRESS),
                        (int) values.bytes(Setting.MAX_HEADER_BYTES, 1L << 10, 1L << 20),
                        values.milliseconds(Setting.REQUEST_TIMEOUT_MS, 100),
                        values.milliseconds(Setting.IDLE_TIMEOUT_MS, 100)),
                new GatewayConfig.Handshakes(
                        ofAddress(Setting.HANDSHAKES_PER_ADDRESS, trusted, DEFAULT_HANDSHAKES_PER_ADDRESS),
                        values.integer(Setting.HANDSHAKE_RATE, 0, MAX_RATE),
                        values.choice(Setting.OVER_BUDGET, OverBudget.class)),
                new GatewayConfig.ClientLimits(
                        values.integer(Setting.MAX_SESSIONS_PER_USER, 0, MAX_RATE),
                        values.integer(Setting.MAX_CLIENT_MESSAGES, 0, MAX_RATE),
                        (int) values.bytes(Setting.MAX_CLIENT_MESSAGE_BYTES, 1L << 10, 1L << 20),
                        values.integer(Setting.MAX_TOPICS, 1, MAX_TOPICS)));
    }

    /** Without a trusted proxy the default is no limit: an address may be that of a proxy with all clients behind it. */
    private int ofAddress(Setting setting, CidrSet trusted, int otherwise) throws ConfigException {
        if (values.text(setting) != null) {
            return values.integer(setting, 0, MAX_RATE);
        }
        return trusted.isEmpty() ? 0 : otherwise;
    }

    private CidrSet trustedProxies() throws ConfigException {
        if (values.text(Setting.TRUSTED_PROXY) == null) {
            return CidrSet.NONE;
        }
        List<String> items = values.list(Setting.TRUSTED_PROXY);
        if (items.stream().anyMatch(item -> item.endsWith("/0"))) {
            values.warn(
                    "--trusted-proxy trusts everybody with /0, so each client can say that it has another address (expected: the"
                            + " networks of your proxies)");
        }
        try {
            return new CidrSet(items.stream().map(CidrSet.Network::parse).toList());
        } catch (IllegalArgumentException e) {
            throw values.wrong(
                    Setting.TRUSTED_PROXY,
                    "addresses, or networks such as 10.0.0.0/8 or fd00::/8 without further bits");
        }
    }
}
