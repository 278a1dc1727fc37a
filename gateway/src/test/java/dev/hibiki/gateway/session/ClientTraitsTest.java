package dev.hibiki.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientTraitsTest {
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final RegionLabels labels = new RegionLabels("US", metrics);
    private final ClientTraits.Table table = new ClientTraits.Table();

    @AfterEach
    void close() {
        metrics.close();
    }

    private ClientTraits enter(String region, @Nullable String userAgent) {
        return table.enter(new ClientTraits(labels.of(region), userAgent));
    }

    @Test
    void shouldShareWhatIsAlike() {
        ClientTraits first = enter("JP", "Firefox");

        assertThat(enter("JP", new String("Firefox".toCharArray()))).isSameAs(first);
        assertThat(enter("KR", "Firefox")).isNotSameAs(first);
        assertThat(enter("JP", "Chrome").userAgent()).isEqualTo("Chrome");
        assertThat(enter("JP", null).userAgent()).isNull();
        assertThat(table.size()).isEqualTo(4);
    }

    @Test
    void shouldForgetWhatNobodyHasAnyMore() {
        ClientTraits first = enter("JP", "Firefox");
        table.leave(enter("JP", "Firefox"));
        assertThat(table.size()).isEqualTo(1);

        table.leave(first);
        assertThat(table.size()).isZero();
    }

    @Test
    void shouldKnowOnlySoManyUserAgentsAtOnce() {
        ClientTraits first = enter("JP", "0");
        for (int i = 1; i < ClientTraits.Table.MAX_TRAITS; i++) {
            enter("JP", Integer.toString(i));
        }

        ClientTraits beyond = enter("JP", "one more");
        assertThat(beyond.userAgent()).isEqualTo("other");
        assertThat(beyond.region()).hasToString("JP");
        assertThat(enter("JP", "another")).isSameAs(beyond);
        assertThat(enter("JP", "0")).isSameAs(first);
        table.leave(beyond);
        table.leave(beyond);
        table.leave(first);
        table.leave(first);
        assertThat(enter("JP", "one more").userAgent()).isEqualTo("one more");
    }

    @Test
    void shouldKeepOnlyTheBeginningOfALongUserAgent() {
        assertThat(new ClientTraits(labels.of(null), "x".repeat(8000)).userAgent())
                .isEqualTo("x".repeat(256));
    }
}
