package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Values;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads the options for drain, canary, agent-check and other operations. */
final class OperationsReader {
    private static final int MAX_PORT = 65_535;
    private static final int MIN_CANARY_MS = 2_000;
    private static final int MAX_RATE = 1_000_000;

    private static final String PEER =
            "the admin ports of other gateways, such as http://10.0.0.2:9765, and a --drain-rate";
    private static final Set<String> PEER_PATH = Set.of("", "/");

    private final Values values;

    OperationsReader(Values values) {
        this.values = values;
    }

    GatewayConfig.Operations read() throws ConfigException {
        if (values.integer(Setting.DRAIN_RATE, 0, MAX_RATE) == 0) {
            values.warnWithoutEffect(Setting.DRAIN_DEADLINE_MS, "a --drain-rate other than 0");
        }
        return new GatewayConfig.Operations(
                values.milliseconds(Setting.DRAIN_DELAY_MS, 0),
                values.integer(Setting.DRAIN_RATE, 0, MAX_RATE),
                values.milliseconds(Setting.DRAIN_DEADLINE_MS, 0),
                drainPeers(),
                ListenReader.agentPort(values),
                values.milliseconds(Setting.LOOP_TIMEOUT_MS, 1_000),
                canaryIntervalMs(),
                values.bool(Setting.REQUIRE_ALL_CHANNELS));
    }

    private List<URI> drainPeers() throws ConfigException {
        if (values.text(Setting.DRAIN_PEER) == null) {
            return List.of();
        }
        if (values.integer(Setting.DRAIN_RATE, 0, MAX_RATE) == 0) {
            throw values.wrong(Setting.DRAIN_PEER, PEER);
        }
        List<URI> peers = new ArrayList<>();
        for (String peer : values.list(Setting.DRAIN_PEER)) {
            peers.add(drainPeer(peer));
        }
        return List.copyOf(peers);
    }

    private URI drainPeer(String text) throws ConfigException {
        try {
            URI uri = new URI(text);
            boolean isHttp = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (isHttp
                    && uri.getHost() != null
                    && uri.getUserInfo() == null
                    && uri.getQuery() == null
                    && uri.getPort() > 0
                    && uri.getPort() <= MAX_PORT
                    && PEER_PATH.contains(uri.getPath())) {
                return uri;
            }
        } catch (URISyntaxException e) {
            throw values.wrong(Setting.DRAIN_PEER, PEER);
        }
        throw values.wrong(Setting.DRAIN_PEER, PEER);
    }

    private int canaryIntervalMs() throws ConfigException {
        int interval = values.milliseconds(Setting.CANARY_INTERVAL_MS, 0);
        if (interval > 0 && interval < MIN_CANARY_MS) {
            throw values.wrong(Setting.CANARY_INTERVAL_MS, "0, or a whole number from 2000 to 86400000");
        }
        return interval;
    }
}
