package dev.hibiki.gateway.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.Gateway;
import dev.hibiki.gateway.config.ConfigLoader;
import dev.hibiki.gateway.config.GatewayConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A gateway in the JVM of the test, on free ports of the loopback address. */
public final class InProcess {
    public static final String CHANNEL = GatewayProcess.CHANNEL;
    private static final Duration READY = Duration.ofSeconds(20);

    private InProcess() {}

    /** Starts a gateway with options as on the command line and waits until it is ready. */
    public static Gateway start(String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("--host", "127.0.0.1", "--admin-port", "0"));
        arguments.addAll(List.of(options));
        ConfigLoader.Loaded loaded = new ConfigLoader("test", Map.of()).load(arguments.toArray(String[]::new));
        GatewayConfig config = Objects.requireNonNull(loaded.config());
        Gateway gateway = Gateway.start(config);
        try {
            await().atMost(READY).until(() -> Http.status(admin(gateway, "/readyz")) == 200);
        } catch (RuntimeException e) {
            gateway.close();
            throw e;
        }
        return gateway;
    }

    /** An address on the admin port. */
    public static String admin(Gateway gateway, String path) {
        return "http://127.0.0.1:" + gateway.adminPort() + path;
    }

    /** Publishes over HTTP. */
    public static void publish(Gateway gateway, String event) {
        assertThat(Http.post(admin(gateway, "/publish/" + CHANNEL), event).statusCode())
                .isEqualTo(202);
    }
}
