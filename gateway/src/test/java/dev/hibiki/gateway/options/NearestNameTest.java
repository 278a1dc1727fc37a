package dev.hibiki.gateway.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
    private static final List<String> KNOWN =
            List.of("--port", "--host", "--redis", "region", "demo", "last_id", "HIBIKI_PORT");

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
    @CsvSource({"t", "utm_source", "--colour"})
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
