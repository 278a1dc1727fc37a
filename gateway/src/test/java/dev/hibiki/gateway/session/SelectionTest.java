package dev.hibiki.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.FailingAllocator;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.wire.WebSocketFormat;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SelectionTest {
    private static final int MAX_TOPICS = 64;

    private final ChannelTable table = new ChannelTable(List.of("a", "b", "news.*"));

    private static List<String> names(int count) {
        return IntStream.range(0, count).mapToObj(i -> "R" + i).toList();
    }

    @Test
    void shouldSelectEverythingWhenTheClientNamesNothing() throws Exception {
        Selection everything = new Selection(List.of("a", "b", "news.*"), List.of(), List.of());

        assertThat(Selection.of(table, null, MAX_TOPICS, null, null, null)).isEqualTo(everything);
        assertThat(Selection.of(table, null, MAX_TOPICS, List.of(), List.of(), null))
                .isEqualTo(everything);
    }

    @Test
    void shouldSelectTheNamedChannelsAndRoutes() throws Exception {
        assertThat(Selection.of(table, null, MAX_TOPICS, List.of("b", "news.jp"), List.of("JP", "KR"), null))
                .isEqualTo(new Selection(List.of("b", "news.jp"), List.of("JP", "KR"), List.of()));
        assertThat(Selection.of(table, null, MAX_TOPICS, null, List.of("JP"), null)
                        .channels())
                .containsExactly("a", "b", "news.*");
    }

    @Test
    void shouldLeaveOutAChannelThatAChosenPatternCovers() throws Exception {
        assertThat(Selection.of(table, null, MAX_TOPICS, List.of("b", "news.jp", "news.*"), null, null)
                        .channels())
                .containsExactly("b", "news.*");
    }

    @Test
    void shouldRefuseNamesOfMoreThan512Bytes() throws Exception {
        String longest = "news." + "x".repeat(507);
        assertThat(Selection.of(table, null, MAX_TOPICS, List.of(longest), List.of(longest), null)
                        .channels())
                .containsExactly(longest);

        String expected = " is too long (expected: at most 512 bytes of UTF-8)";
        assertThatThrownBy(() -> Selection.of(table, null, MAX_TOPICS, List.of(longest + "x"), null, null))
                .isInstanceOf(RefusedException.class)
                .hasMessage("the name of a channel" + expected);
        assertThatThrownBy(() -> Selection.of(table, null, MAX_TOPICS, null, List.of("新".repeat(171)), null))
                .isInstanceOf(RefusedException.class)
                .hasMessage("the name of a region" + expected);
    }

    @Test
    void shouldDropDuplicatesAndBlankRoutes() throws Exception {
        assertThat(Selection.of(table, null, MAX_TOPICS, List.of("a", "a"), List.of("JP", "", "JP", " "), null))
                .isEqualTo(new Selection(List.of("a"), List.of("JP"), List.of()));
        assertThat(Selection.of(table, null, MAX_TOPICS, List.of("a"), List.of(""), null)
                        .routes())
                .isEmpty();
    }

    @Test
    void shouldRefuseAChannelThatDoesNotExist() {
        RefusedException e = catchThrowableOfType(
                RefusedException.class, () -> Selection.of(table, null, MAX_TOPICS, List.of("a", "A\"x"), null, null));

        assertThat(e).hasMessage("unknown channel \"A\"x\"");
        assertThat(e.refusal()).isEqualTo(Refusal.UNKNOWN_CHANNEL);
        assertThatThrownBy(() -> Selection.of(table, null, MAX_TOPICS, List.of("nwes.*"), null, null))
                .hasMessage("unknown channel \"nwes.*\"; did you mean news.*?");
        assertThatThrownBy(() -> Selection.of(table, null, MAX_TOPICS, List.of(""), null, null))
                .hasMessageStartingWith("unknown channel \"\" (expected: a name; without channel= ");
    }

    @Test
    void shouldRefuseMoreTopicsThanOneSessionMayHave() throws Exception {
        assertThat(Selection.of(table, null, MAX_TOPICS, List.of("a"), names(64), null)
                        .routes())
                .hasSize(64);
        assertThat(Selection.of(table, null, MAX_TOPICS, List.of("a", "b"), names(32), null)
                        .routes())
                .hasSize(32);
        assertThat(Selection.of(table, null, MAX_TOPICS, List.of("a"), Collections.nCopies(1000, "JP"), null)
                        .routes())
                .hasSize(1);

        RefusedException e = catchThrowableOfType(
                RefusedException.class,
                () -> Selection.of(table, null, MAX_TOPICS, List.of("a", "b"), names(33), null));
        assertThat(e).hasMessage("too many topics: 66 (channels times regions; expected: at most 64)");
        assertThat(e.refusal()).isEqualTo(Refusal.TOPICS);
    }

    @Test
    void shouldTakeWhatCannotBeAnIdForOneThatNobodyKnows() throws Exception {
        for (String id : List.of("", " ", "i".repeat(257), "a\nb", "\u0085", Selection.NO_ID)) {
            assertThat(lastIds(id)).containsExactly(Selection.NO_ID);
            assertThat(lastIds("a", id, " b ", id)).containsExactly(Selection.NO_ID, "a", " b ");
        }
        assertThat(lastIds("i".repeat(256), "新", " a ")).containsExactly("i".repeat(256), "新", " a ");
        assertThat(lastIds()).isEmpty();
    }

    private List<String> lastIds(String... named) throws RefusedException {
        return Selection.of(table, null, MAX_TOPICS, null, null, List.of(named)).lastIds();
    }

    @Test
    void shouldRefuseMoreLastIdsThanASessionMayHaveTopics() throws Exception {
        assertThat(lastIds(names(64).toArray(String[]::new))).hasSize(64);
        assertThatThrownBy(() -> lastIds(names(65).toArray(String[]::new)))
                .isInstanceOf(RefusedException.class)
                .hasMessage("too many last ids: 65 (expected: at most 64)");
        assertThatThrownBy(() -> lastIds(Collections.nCopies(65, "").toArray(String[]::new)))
                .isInstanceOf(RefusedException.class);
    }

    @Test
    void shouldSelectAllConfiguredChannelsEvenOverTheTopicLimit() throws Exception {
        List<String> many =
                IntStream.range(0, MAX_TOPICS + 1).mapToObj(i -> "channel" + i).toList();

        assertThat(Selection.of(new ChannelTable(many), null, MAX_TOPICS, null, null, null)
                        .channels())
                .isEqualTo(many);
    }

    @Test
    void shouldAcquireNoTopicWhenOneRunsOutOfMemory() {
        EmbeddedChannel loop = new EmbeddedChannel();
        FailingAllocator allocator = new FailingAllocator();
        try (GatewayMetrics metrics = new GatewayMetrics();
                Hub hub = new Hub(
                        table,
                        (event, out) -> out.writeByte(0),
                        LogLimits.retaining(1 << 20),
                        new LogMemory(allocator, Long.MAX_VALUE, Long.MAX_VALUE),
                        List.of(loop.eventLoop()),
                        metrics::newLoopCounters)) {
            hub.publish(table.entries().get(1), "b", new Event(new byte[0], "1", null, 0));

            allocator.failsHeap = true; // A format needs a buffer of its own.

            Selection both = new Selection(List.of("b", "a"), List.of(), List.of());
            assertThatThrownBy(() -> both.acquire(hub, new WebSocketFormat())).isInstanceOf(OutOfMemoryError.class);
            assertThat(hub.topicCount()).isOne();
        } finally {
            loop.finishAndReleaseAll();
        }
    }
}
