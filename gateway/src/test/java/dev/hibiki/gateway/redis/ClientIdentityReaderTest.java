package dev.hibiki.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Values;
import dev.hibiki.testing.SelfSignedCertificate;
import io.lettuce.core.SslOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientIdentityReaderTest {
    @TempDir
    Path folder = Path.of("");

    private Path certificate = Path.of("");
    private Path key = Path.of("");
    private List<String> warnings = List.of();

    @BeforeEach
    void write() {
        SelfSignedCertificate made = SelfSignedCertificate.create();
        certificate = folder.resolve("gateway.pem");
        key = folder.resolve("gateway.key");
        made.writeCertificate(certificate);
        made.writeKey(key);
    }

    private RedisSettings read(String redis, Object... optionsAndFiles) throws ConfigException {
        Values values = new Values(RedisOptions.ALL);
        values.offer(RedisOptions.REDIS, redis, "flag");
        for (int i = 0; i < optionsAndFiles.length; i += 2) {
            values.offer((Option) optionsAndFiles[i], optionsAndFiles[i + 1].toString(), "flag");
        }
        for (Option option : RedisOptions.ALL) {
            String text = option.defaultText();
            if (text != null) {
                values.offer(option, text, Values.DEFAULT);
            }
        }
        RedisSettings settings = Objects.requireNonNull(RedisReader.read(values, true));
        warnings = values.warnings();
        return settings;
    }

    private String error(String redis, Object... optionsAndFiles) {
        try {
            read(redis, optionsAndFiles);
        } catch (ConfigException e) {
            return String.valueOf(e.getMessage()).replace(folder.toString(), "");
        }
        throw new AssertionError("no error");
    }

    private String error(Path certificateFile, Path keyFile) {
        return error(
                "rediss://h",
                RedisOptions.TLS_CERT,
                certificateFile.toString(),
                RedisOptions.TLS_KEY,
                keyFile.toString());
    }

    @Test
    void shouldTakeACertificateAndItsKey() throws ConfigException {
        for (String redis : new String[] {"rediss://h", "rediss-sentinel://h#m", "rediss-cluster://h"}) {
            assertThat(read(redis, RedisOptions.TLS_CERT, certificate, RedisOptions.TLS_KEY, key)
                            .tls()
                            .identity())
                    .isEqualTo(new RedisSettings.Identity(certificate, key));
        }
        assertThat(read("rediss://h").tls().identity()).isNull();
    }

    @Test
    void shouldWantBothAndTls() {
        assertThat(error("rediss://h", RedisOptions.TLS_CERT, certificate))
                .isEqualTo("--redis-tls-cert: \"/gateway.pem\", from flag (expected: --redis-tls-key as well)");
        assertThat(error("rediss://h", RedisOptions.TLS_KEY, key))
                .isEqualTo("--redis-tls-key: \"/gateway.key\", from flag (expected: --redis-tls-cert as well)");
        assertThat(error("redis://h", RedisOptions.TLS_CERT, certificate, RedisOptions.TLS_KEY, key))
                .endsWith("(expected: to be set only where --redis asks for TLS, with rediss)");
    }

    @Test
    void shouldSayWhatIsWrongWithAFile() throws IOException {
        assertThat(error(folder.resolve("none.pem"), key))
                .isEqualTo(
                        "--redis-tls-cert: \"/none.pem\", from flag (expected: a readable file in PEM; there is no such file)");
        assertThat(error(certificate, folder))
                .startsWith("--redis-tls-key: ")
                .endsWith("(expected: a readable file in PEM; it is not a file)");
        Path text = Files.writeString(folder.resolve("text"), "hello");
        assertThat(error(text, key)).startsWith("--redis-tls-cert: ").contains("no certificate can be read from it");
        assertThat(error(certificate, text)).contains("PKCS #8 and not encrypted, as openssl pkcs8 -topk8 -nocrypt");
        assertThat(error(key, key))
                .startsWith("--redis-tls-cert: ")
                .contains(": it has no \"CERTIFICATE\", but \"PRIVATE KEY\" (expected: ");
        Path ed25519 = folder.resolve("ed25519.key");
        SelfSignedCertificate.createEd25519().writeKey(ed25519);
        assertThat(error(certificate, ed25519))
                .contains(": it is not the key of a certificate in --redis-tls-cert (expected: the key ");
        Path other = folder.resolve("other.key");
        SelfSignedCertificate.create().writeKey(other);
        assertThat(error(certificate, other))
                .startsWith("--redis-tls-key: \"/other.key\", from flag: it is not the key of a certificate");
    }

    @Test
    void shouldWarnOfACertificateThatIsNotUsedOrHasExpired() throws Exception {
        SelfSignedCertificate old = SelfSignedCertificate.createExpired();
        String other = Files.readString(certificate);
        old.writeKey(key);
        old.writeCertificate(certificate);
        Files.writeString(certificate, other, StandardOpenOption.APPEND);

        read("rediss://h", RedisOptions.TLS_CERT, certificate, RedisOptions.TLS_KEY, key);

        assertThat(warnings)
                .hasSize(2)
                .anyMatch(text -> text.startsWith("--redis-tls-cert: the gateway leaves out 1 of 2 certificates "))
                .anyMatch(text ->
                        text.startsWith("--redis-tls-cert: the certificate of \"CN=localhost\" has expired, and Redis"
                                + " will refuse it"));
    }

    @Test
    void shouldReadTheFilesAgainForEachConnection() throws Exception {
        SslOptions options = read("rediss://h", RedisOptions.TLS_CERT, certificate, RedisOptions.TLS_KEY, key)
                .tls()
                .options(Duration.ofSeconds(1));
        options.createSslContextBuilder().build();
        SelfSignedCertificate.create().writeKey(key);

        assertThatThrownBy(options::createSslContextBuilder)
                .hasMessageStartingWith(
                        "--redis-tls-key: \"" + key + "\": it is not the key of a certificate in --redis-tls-cert ");
    }
}
