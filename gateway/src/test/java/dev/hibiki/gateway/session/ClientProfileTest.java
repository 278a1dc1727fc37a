package dev.hibiki.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.edge.RegionLabels;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientProfileTest {
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final RegionLabels labels = new RegionLabels("US", metrics);
    private final Protocol protocol = new TestProtocol(false);
    private final ClientProfile.Table table = new ClientProfile.Table();

    @AfterEach
    void close() {
        metrics.close();
    }

    private ClientProfile acquire(String region, @Nullable String userAgent) {
        return table.acquire(new ClientProfile(protocol, labels.of(region), userAgent));
    }

    @Test
    void shouldShareEqualProfiles() {
        ClientProfile first = acquire("JP", "Firefox");

        assertThat(acquire("JP", new String("Firefox".toCharArray()))).isSameAs(first);
        assertThat(acquire("KR", "Firefox")).isNotSameAs(first);
        assertThat(acquire("JP", "Chrome").userAgent()).isEqualTo("Chrome");
        assertThat(acquire("JP", null).userAgent()).isNull();
        assertThat(table.size()).isEqualTo(4);
    }

    @Test
    void shouldForgetUnusedProfiles() {
        ClientProfile first = acquire("JP", "Firefox");
        table.release(acquire("JP", "Firefox"));
        assertThat(table.size()).isEqualTo(1);

        table.release(first);
        assertThat(table.size()).isZero();
    }

    @Test
    void shouldLimitTheNumberOfUserAgents() {
        ClientProfile first = acquire("JP", "0");
        for (int i = 1; i < ClientProfile.Table.MAX_PROFILES; i++) {
            acquire("JP", Integer.toString(i));
        }

        ClientProfile beyond = acquire("JP", "one more");
        assertThat(beyond.userAgent()).isEqualTo("other");
        assertThat(beyond.region()).hasToString("JP");
        assertThat(acquire("JP", "another")).isSameAs(beyond);
        assertThat(acquire("JP", "0")).isSameAs(first);
        table.release(beyond);
        table.release(beyond);
        table.release(first);
        table.release(first);
        assertThat(acquire("JP", "one more").userAgent()).isEqualTo("one more");
    }

    @Test
    void shouldTruncateALongUserAgent() {
        assertThat(new ClientProfile(protocol, labels.of(null), "x".repeat(8000)).userAgent())
                .isEqualTo("x".repeat(256) + "…");
    }
}
