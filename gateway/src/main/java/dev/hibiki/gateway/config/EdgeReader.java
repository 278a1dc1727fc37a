package dev.hibiki.gateway.config;

import java.util.List;

/** Reads the options that say whom to believe and whom to let in. */
final class EdgeReader {
    private final Values values;

    EdgeReader(Values values) {
        this.values = values;
    }

    GatewayConfig.Edge read() throws ConfigException {
        return new GatewayConfig.Edge(trustedProxies());
    }

    private Networks trustedProxies() throws ConfigException {
        if (values.text(Setting.TRUSTED_PROXY) == null) {
            return Networks.NONE;
        }
        List<String> items = values.list(Setting.TRUSTED_PROXY);
        try {
            return new Networks(items.stream().map(Networks.Network::parse).toList());
        } catch (IllegalArgumentException e) {
            throw values.wrong(
                    Setting.TRUSTED_PROXY,
                    "addresses, or networks such as 10.0.0.0/8 or fd00::/8 without further bits");
        }
    }
}
