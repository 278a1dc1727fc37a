package dev.hibiki.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.channels.ChannelTable;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RightsTest {
    private final ChannelTable table = new ChannelTable(List.of("ch", "news:*", "n?ws"));

    @ParameterizedTest
    @CsvSource({
        "ch, ch, true",
        "ch, other, false",
        "*, anything, true",
        "news:*, news:jp, true",
        "news:*, new, false",
        "news:?, news:a, true",
        "news:?, news:ab, false",
        "news:[ab], news:b, true",
        // A configured pattern is allowed only if all of its channels are.
        "news:*, news:*, true",
        "ne*, news:*, true",
        "*, news:*, true",
        "*, n?ws, true",
        "n?ws, n?ws, true",
        "news:?, news:*, false",
        "news:jp, news:*, false",
        "news:[*], news:*, false",
        "n?ws:*, news:*, false",
        "news:*x, news:*, false",
        "news*, n?ws, false"
    })
    void shouldAllowChannelsByWildcardAndAPatternOnlyWithAllItsChannels(String right, String channel, boolean allowed) {
        assertThat(new Rights(List.of(right), List.of("*")).allowsChannel(channel, table))
                .isEqualTo(allowed);
    }

    @Test
    void shouldAllowAllRegionsOrThoseOfAList() {
        assertThat(new Rights(List.of(), List.of("JP", "*")).allowsAllRegions()).isTrue();
        assertThat(new Rights(List.of(), List.of("J*")).allowsAllRegions()).isFalse();
        assertThat(new Rights(List.of(), List.of("JP", "KR")).listsRegions()).isTrue();
        assertThat(new Rights(List.of(), List.of("JP", "K?")).listsRegions()).isFalse();
        assertThat(new Rights(List.of(), List.of("JP", "K?")).allowsRegion("KR"))
                .isTrue();
        assertThat(new Rights(List.of(), List.of("JP", "K?")).allowsRegion("US"))
                .isFalse();
    }
}
