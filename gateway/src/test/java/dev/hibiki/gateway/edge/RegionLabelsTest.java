package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegionLabelsTest {
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final RegionLabels labels = new RegionLabels("US", metrics);

    @AfterEach
    void close() {
        metrics.close();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "  "})
    void shouldCountAConnectionWithoutLabelUnderTheDefault(@Nullable String header) {
        assertThat(labels.of(header)).hasToString("US").isSameAs(labels.of("US"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"JP", "jp", "eu-west_1", "a", "0123456789abcdef", " KR "})
    void shouldAcceptShortPlainLabels(String header) {
        assertThat(labels.of(header)).hasToString(header.trim());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0123456789abcdefg", "日本", "a b", "a\"b", "a,b", "../x"})
    void shouldCountEverythingElseAsOther(String header) {
        assertThat(labels.of(header)).hasToString("other");
    }

    @Test
    void shouldLimitTheNumberOfLabels() {
        for (int i = 1; i < 64; i++) {
            assertThat(labels.of("L" + i)).hasToString("L" + i);
        }

        assertThat(labels.of("L64")).hasToString("other");
        assertThat(labels.of("L1")).hasToString("L1");
        assertThat(labels.of(null)).hasToString("US");
        assertThat(labels.of("L65")).hasToString("other").isSameAs(labels.of("other"));
    }

    @Test
    void shouldCountConnectionsPerLabelInTheMetrics() {
        labels.of("JP").entered();
        labels.of("JP").entered();
        labels.of(null).entered();
        labels.of("JP").left();

        assertThat(labels.of("JP").connections()).isEqualTo(1);
        assertThat(labels.connections()).isEqualTo(2);
        assertThat(metrics.scrape())
                .contains("hibiki_connections{region=\"JP\"} 1.0")
                .contains("hibiki_connections{region=\"US\"} 1.0")
                .doesNotContain("region=\"other\"");
    }
}
