package dev.hibiki.gateway.redis.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamEntryTest {
    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The fields of an entry in their order, as Lettuce returns them. */
    @SuppressWarnings("ArrayAsKeyOfSetOrMap")
    private static String json(String... namesAndValues) {
        Map<byte[], byte[]> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put(utf8(namesAndValues[i]), utf8(namesAndValues[i + 1]));
        }
        return new String(StreamEntry.json(fields), StandardCharsets.UTF_8);
    }

    private static StreamEntry entry(String stream, long ms) {
        return new StreamEntry(stream, new StreamId(ms, 0), new byte[0]);
    }

    private static List<String> inOrder(int asked, StreamEntry... entries) {
        List<String> order = new ArrayList<>();
        new StreamBatch(asked, Map.of(), List.of(entries), List.of())
                .inOrder()
                .forEach(entry -> order.add(entry.stream() + entry.id().ms()));
        return order;
    }

    @Test
    void shouldUseTheFieldDataUnchanged() {
        assertThat(json("a", "b", "data", " [1] ", "c", "d")).isEqualTo(" [1] ");
    }

    @Test
    void shouldMakeAnObjectFromOtherFieldsInOrder() {
        assertThat(json("title", "新しい動画", "ts", "1", "", "")).isEqualTo("{\"title\":\"新しい動画\",\"ts\":\"1\",\"\":\"\"}");
        assertThat(json("a", "1", "a", "2")).isEqualTo("{\"a\":\"1\",\"a\":\"2\"}");
        assertThat(json()).isEqualTo("{}");
    }

    @Test
    void shouldEscapeNamesAndValuesForJson() {
        assertThat(json("q\"", "a\\b\n\u0001\u007f")).isEqualTo("{\"q\\\"\":\"a\\\\b\\u000a\\u0001\u007f\"}");
    }

    @Test
    @SuppressWarnings("ArrayAsKeyOfSetOrMap")
    void shouldLeaveMalformedTextForTheParserToReject() {
        byte[] bytes = StreamEntry.json(Map.of(utf8("a"), new byte[] {(byte) 0xff}));

        assertThat(Arrays.copyOfRange(bytes, 5, 8)).containsExactly('"', 0xff, '"');
    }

    @ParameterizedTest
    @CsvSource({
        "1-1, 1-0",
        "2-0, 1-9",
        "10-0, 9-0",
        "9223372036854775808-0, 9223372036854775807-0",
        "1-18446744073709551615, 1-1"
    })
    void shouldOrderIdsByUnsignedTimeAndSequence(String later, String earlier) {
        assertThat(StreamId.parse(later).isAfter(StreamId.parse(earlier))).isTrue();
        assertThat(StreamId.parse(earlier).isAfter(StreamId.parse(later))).isFalse();
        assertThat(StreamId.parse(later).isAfter(StreamId.parse(later))).isFalse();
        assertThat(StreamId.parse(later)).hasToString(later);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "1-", "-1", "1-x"})
    void shouldRefuseInvalidEntryIds(String text) {
        assertThatThrownBy(() -> StreamId.parse(text)).isInstanceOf(NumberFormatException.class);
    }

    @Test
    void shouldMergeStreamsByIdAndKeepTheOrderOfEqualIds() {
        assertThat(inOrder(9, entry("a", 1), entry("a", 4), entry("b", 2), entry("b", 4), entry("b", 5)))
                .containsExactly("a1", "b2", "a4", "b4", "b5");
    }

    @Test
    void shouldHoldBackEntriesAfterTheLastOfAStreamThatHasMore() {
        assertThat(inOrder(2, entry("a", 1), entry("a", 3), entry("b", 2), entry("c", 4)))
                .containsExactly("a1", "b2", "a3");
        var entries = List.of(entry("a", 1), entry("a", 3), entry("b", 2));
        assertThat(new StreamBatch(2, Map.of(), entries, List.of()).full()).containsExactly("a");
    }

    @Test
    void shouldReadTheInfoOfAStream() {
        List<Object> answer = new ArrayList<>(List.of(utf8("length"), 2L, utf8("last-generated-id"), utf8("9-1")));
        answer.addAll(List.of(utf8("first-entry"), List.of(utf8("5-0"), List.of())));

        assertThat(StreamInfo.of(answer))
                .isEqualTo(new StreamInfo(2, new StreamId(9, 1), new StreamId(5, 0), null, StreamInfo.UNKNOWN));
        answer.addAll(List.of(utf8("max-deleted-entry-id"), utf8("4-0"), utf8("entries-added"), 7L));
        answer.addAll(Arrays.asList(utf8("first-entry"), null));
        assertThat(StreamInfo.of(answer).maxDeleted()).isEqualTo(new StreamId(4, 0));
        assertThat(StreamInfo.of(answer).added()).isEqualTo(7);
    }
}
