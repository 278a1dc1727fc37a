package dev.hibiki.gateway.channels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelTableTest {
    private final ChannelTable table = new ChannelTable(List.of("news.*", "news.jp", "*.jp", "plain", "esc\\*"));

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "plain, plain",
                "news.jp, news.jp",
                "news.kr, news.*",
                "news.x.jp, news.*",
                "sport.jp, *.jp",
                "esc*, esc\\*",
                "escape, none",
                "Plain, none",
                "'', none"
            })
    void shouldAssignAChannelToTheEntryWithItsNameElseToTheFirstPattern(String channel, @Nullable String owner) {
        ChannelSpec found = table.owner(channel);

        assertThat(found == null ? null : found.name()).isEqualTo(owner);
        assertThat(table.isSelectable(channel)).isEqualTo(owner != null);
    }

    @Test
    void shouldTellPatternsFromNames() {
        assertThat(List.of("a*", "a?", "[a]", "a\\b")).allMatch(name -> new ChannelSpec(name).isPattern());
        assertThat(List.of("a", "a:b", "a]", "a.b-c_d/e", "新着")).noneMatch(name -> new ChannelSpec(name).isPattern());
    }

    @Test
    void shouldAcceptAConfiguredPatternLiterally() {
        assertThat(table.isSelectable("news.*")).isTrue();
        assertThat(table.isSelectable("esc\\*")).isTrue();
        assertThat(table.isSelectable("other.*")).isFalse();
    }

    @Test
    void shouldNotLetAClientNameAChannelOfMoreThan512Bytes() {
        assertThat(table.isSelectable("news." + "x".repeat(507))).isTrue();
        assertThat(table.isSelectable("news." + "x".repeat(508))).isFalse();
        assertThat(table.isSelectable("news." + "新".repeat(169))).isTrue();
        assertThat(table.isSelectable("news." + "新".repeat(170))).isFalse();
    }

    @Test
    void shouldKeepTheOrderAndDropDuplicates() {
        assertThat(new ChannelTable(List.of("b", "a", "b")).entries())
                .extracting(ChannelSpec::name)
                .containsExactly("b", "a");
    }
}
