package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.support.PrintedCommand;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.SelfSignedCertificate;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gateway checks the certificate of a Redis with TLS as configured. */
final class RedisTlsIT {
    private static final String PASSWORD = "hirake-goma-4711";

    @TempDir
    Path folder = Path.of("");

    @Test
    void shouldTrustOnlyTheConfiguredAuthority() {
        SelfSignedCertificate certificate = SelfSignedCertificate.create();
        String right = pem("right", certificate);
        String wrong = pem("wrong", SelfSignedCertificate.create());
        try (RedisFixture redis = RedisFixture.startTls(certificate, "--requirepass", PASSWORD)) {
            try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri(), "--redis-tls-ca", right);
                    WebSocketClient client = gateway.connect("/")) {
                assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 1)).statusCode())
                        .isEqualTo(202);
                assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            }
            for (String[] flags : new String[][] {
                {"--redis", redis.uri()},
                {"--redis", redis.uri(), "--redis-tls-ca", wrong},
                {"--redis", redis.uri(), "--redis-tls-ca", wrong, "--redis-tls-verify", "ca"}
            }) {
                try (RunningGateway gateway = RunningGateway.start(flags)) {
                    gateway.awaitNotReady("its certificate is not accepted: ");
                }
            }
            RunningGateway.startReady("--redis", redis.uri(), "--redis-tls-verify", "none")
                    .close();
        }
    }

    @Test
    void shouldShowItsCertificateToARedisThatAsksForOne() throws IOException {
        SelfSignedCertificate certificate = SelfSignedCertificate.create();
        String authority = pem("authority", certificate);
        String key = key("authority", certificate);
        String twice = Files.writeString(
                        folder.resolve("twice.pem"),
                        Files.readString(Path.of(authority)).repeat(2))
                .toString();
        SelfSignedCertificate strange = SelfSignedCertificate.create();
        String[] tls = {"--redis-tls-ca", authority, "--redis-tls-cert", twice, "--redis-tls-key", key};
        try (RedisFixture redis = RedisFixture.startTls(certificate, "--tls-auth-clients", "yes")) {
            String[] flags = Stream.concat(Stream.of("--redis", redis.uri()), Stream.of(tls))
                    .toArray(String[]::new);
            try (LogCapture log = LogCapture.start();
                    RunningGateway gateway = RunningGateway.startReady(flags);
                    WebSocketClient client = gateway.connect("/")) {
                PrintedCommand.runFrom(log, Map.of());
                assertThat(client.awaitText(PATIENCE)).contains("新しい動画");
            }
            try (RunningGateway gateway = RunningGateway.start("--redis", redis.uri(), "--redis-tls-ca", authority)) {
                gateway.awaitNotReady("it asks for a certificate of the gateway");
            }
            String wrong = pem("strange", strange);
            try (RunningGateway gateway = RunningGateway.start(
                    "--redis",
                    redis.uri(),
                    "--redis-tls-ca",
                    authority,
                    "--redis-tls-cert",
                    wrong,
                    "--redis-tls-key",
                    key("strange", strange))) {
                gateway.awaitNotReady("it does not accept the certificate in --redis-tls-cert");
            }
        }
    }

    @Test
    void shouldAcceptACertificateForAnotherHostOnlyWithoutTheCheckOfTheName() {
        SelfSignedCertificate certificate = SelfSignedCertificate.createFor("elsewhere.example");
        String authority = pem("elsewhere", certificate);
        try (RedisFixture redis = RedisFixture.startTls(certificate)) {
            try (RunningGateway gateway = RunningGateway.start("--redis", redis.uri(), "--redis-tls-ca", authority)) {
                gateway.awaitNotReady("its certificate is not accepted: it is for another host");
                assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 1)).statusCode())
                        .isEqualTo(503);
            }
            RunningGateway.startReady("--redis", redis.uri(), "--redis-tls-ca", authority, "--redis-tls-verify", "ca")
                    .close();
            RunningGateway.startReady("--redis", redis.uri(), "--redis-tls-verify", "none")
                    .close();
        }
    }

    private String key(String name, SelfSignedCertificate certificate) {
        Path file = folder.resolve(name + ".key");
        certificate.writeKey(file);
        return file.toString();
    }

    private String pem(String name, SelfSignedCertificate certificate) {
        Path file = folder.resolve(name + ".pem");
        certificate.writeCertificate(file);
        return file.toString();
    }
}
