package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Values;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the options for drain, canary, agent-check and other operations. */
final class OperationsReader {
    private static final int MAX_PORT = 65_535;
    private static final int MIN_CANARY_MS = 2_000;
    private static final int MAX_RATE = 1_000_000;

    private static final String PEER =
            "the admin ports of other gateways, such as http://10.0.0.2:9765, and a --drain-rate";
    private static final Set<String> PEER_PATH = Set.of("", "/");

    /** A path that no proxy rewrites and no client encodes. */
    private static final Pattern PATH = Pattern.compile("(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}){1,4}");
    /** The paths of the client port. The router refuses a second endpoint for one of them, so that none can be forgotten here. */
    private static final Set<String> CLIENT_PATHS =
            Set.of("/", "/ws", "/sse", "/hibiki.js", "/demo.js", "/style.css", "/demo", "/demo/publish");

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
                healthPath(),
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

    private @Nullable String healthPath() throws ConfigException {
        String path = values.text(Setting.HEALTH_PATH);
        if (path != null && (!PATH.matcher(path).matches() || CLIENT_PATHS.contains(path))) {
            throw values.wrong(
                    Setting.HEALTH_PATH,
                    "a path such as /health, other than "
                            + CLIENT_PATHS.stream().sorted().collect(Collectors.joining(" ")));
        }
        return path;
    }

    private int canaryIntervalMs() throws ConfigException {
        int interval = values.milliseconds(Setting.CANARY_INTERVAL_MS, 0);
        if (interval > 0 && interval < MIN_CANARY_MS) {
            throw values.wrong(Setting.CANARY_INTERVAL_MS, "0, or a whole number from 2000 to 86400000");
        }
        return interval;
    }
}
