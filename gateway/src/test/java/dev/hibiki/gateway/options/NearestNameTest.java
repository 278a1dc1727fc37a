package dev.hibiki.gateway.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
    private static final List<String> KNOWN =
            List.of("--port", "--host", "--redis", "region", "demo", "last_id", "HIBIKI_PORT");

    private static final List<String> FLAGS = List.of(
            "--port",
            "--redis",
            "--redis-tls-ca",
            "--tls-cert-file",
            "--tls-key-file",
            "--lag-key",
            "--jwt-secret-file",
            "--allowed-origin");

    @ParameterizedTest
    @CsvSource({
        "--prot, --port",
        "--PORT, --port",
        "--hots, --host",
        "regoin, region",
        "dmeo, demo",
        "lastid, last_id",
        "HIBIKI_PROT, HIBIKI_PORT"
    })
    void shouldFindTheNameWithTheFewestWrongCharacters(String unknown, String expected) {
        assertThat(NearestName.of(unknown, KNOWN)).isEqualTo(expected);
        assertThat(NearestName.hint(unknown, KNOWN)).isEqualTo("; did you mean " + expected + "?");
    }

    @ParameterizedTest
    @CsvSource({
        "--tls-key, --tls-key-file",
        "--tls-cert, --tls-cert-file",
        "--cert, --tls-cert-file",
        "--jwt-secret, --jwt-secret-file",
        "--jwt_secret_fil, --jwt-secret-file",
        "--redis-url, --redis",
        "--REDIS-TLS, --redis-tls-ca",
        "--redis-tls-x, --redis",
        "--origin, --allowed-origin",
        "--lag-kye, --lag-key"
    })
    void shouldFindANameThatLacksWordsOrHasTooMany(String unknown, String expected) {
        assertThat(NearestName.of(unknown, FLAGS)).isEqualTo(expected);
    }

    @Test
    void shouldCallOnlyAWrongCharacterATypingError() {
        assertThat(NearestName.isTypingError("--redis-url", FLAGS)).isFalse();
        assertThat(NearestName.isTypingError("--tls-key", FLAGS)).isFalse();
        assertThat(NearestName.isTypingError("--prot", FLAGS)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"t", "utm_source", "--colour", "--cors", "re"})
    void shouldFindNothingWhereNoNameIsNear(String unknown) {
        assertThat(NearestName.of(unknown, KNOWN)).isNull();
        assertThat(NearestName.hint(unknown, KNOWN)).isEmpty();
    }

    @Test
    void shouldNotCompareLongNames() {
        assertThat(NearestName.of("a".repeat(100_000), List.of("a".repeat(100_000))))
                .isNull();
    }
}
