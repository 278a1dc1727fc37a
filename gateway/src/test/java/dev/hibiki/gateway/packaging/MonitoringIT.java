package dev.hibiki.gateway.packaging;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.gateway.support.RawClient;
import dev.hibiki.testing.HandshakeResponse;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.SelfSignedCertificate;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard and the alerts of {@code scripts/monitoring} use only metrics of a running gateway. */
@ExtendWith(RedisExtension.class)
final class MonitoringIT {
    private static final Path FOLDER = GatewayProcess.ROOT.resolve("scripts/monitoring");

    /** Any name of a metric of ours, also in titles, descriptions and legends. */
    private static final Pattern ANY_NAME = Pattern.compile("\\b(hibiki|jvm|process|system|netty)_\\w+");

    @TempDir
    Path folder = Path.of("");

    private static String read(String file) throws IOException {
        return Files.readString(FOLDER.resolve(file));
    }

    @Test
    void shouldUseOnlyMetricsThatAGatewayShows(RedisFixture redis) throws IOException {
        String dashboard = read("dashboard.json");
        String alerts = read("alerts.yml");
        List<String> expressions = new ArrayList<>(MonitoringFiles.dashboard(dashboard));
        expressions.addAll(MonitoringFiles.rules(alerts));
        assertThat(expressions).hasSizeGreaterThan(40);
        ANY_NAME.matcher(dashboard + alerts).results().map(MatchResult::group).forEach(expressions::add);

        SelfSignedCertificate certificate = SelfSignedCertificate.create();
        String pem = folder.resolve("gateway.pem").toString();
        certificate.writePem(Path.of(pem));
        String secret = folder.resolve("secret").toString();
        Files.writeString(Path.of(secret), "0123456789abcdef0123456789abcdef");
        try (RunningGateway withTls = RunningGateway.startReady(
                        "--tls-cert-file", pem, "--tls-key-file", pem, "--jwt-secret-file", secret);
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis",
                        redis.uri(),
                        "--channel",
                        CHANNEL,
                        "--channel",
                        "topvideohub:*",
                        "--allowed-origin",
                        "https://a.example")) {
            liveThrough(gateway, redis);
            failAtTheEdge(withTls, certificate);
            System.gc();
            eventually()
                    .untilAsserted(() -> assertThat(MonitoringFiles.unknown(
                                    expressions,
                                    gateway.get("/metrics").body()
                                            + withTls.get("/metrics").body()))
                            .isEmpty());
        }
    }

    /** Causes each kind of event whose metric exists only after it has happened. */
    private static void liveThrough(RunningGateway gateway, RedisFixture redis) {
        try (WebSocketClient client = gateway.connect("/?last_id=unknown")) {
            redis.publish(CHANNEL, event("JP", 1));
            redis.publish(CHANNEL, "not an event");
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 2)).statusCode())
                    .isEqualTo(202);
            client.closeNormally();
        }
    }

    /** Sends an invalid TLS handshake and an invalid token. */
    private static void failAtTheEdge(RunningGateway gateway, SelfSignedCertificate certificate) throws IOException {
        try (RawClient plain = new RawClient(gateway)) {
            plain.send(RawClient.UPGRADE);
            assertThat(plain.readToEndOrReset()).contains(" 400 ");
        }
        HandshakeResponse refused = WebSocketClient.to(gateway.ws("/"))
                .tls(certificate.clientContext())
                .attempt();
        assertThat(refused.status()).isEqualTo(401);
    }

    /** {@code increase()} misses the first event of a counter that does not exist before it. */
    @Test
    void shouldShowCountersAtZeroWhenAlertsCountTheirFirstEvent() {
        try (RunningGateway gateway = RunningGateway.start("--channel", "a", "--channel", "b")) {
            assertThat(gateway.get("/metrics").body())
                    .contains("hibiki_gaps_total{channel=\"a\"} 0.0\n")
                    .contains("hibiki_gaps_total{channel=\"b\"} 0.0\n")
                    .contains("hibiki_events_rejected_total{channel=\"b\",reason=\"not_json\"} 0.0\n")
                    .contains("hibiki_refused_total{reason=\"connections\"} 0.0\n")
                    .contains("hibiki_refused_total{reason=\"upgrade_removed\"} 0.0\n")
                    .contains("hibiki_unknown_parameters_total{meant=\"region\"} 0.0\n")
                    .contains("hibiki_canary_failures_total{step=\"return\"} 0.0\n");
        }
    }
}
