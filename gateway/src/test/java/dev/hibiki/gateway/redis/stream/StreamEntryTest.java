package dev.hibiki.gateway.redis.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamEntryTest {
    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Fields in their order, with their names; a null is a value that was left out while it came. */
    private static byte @Nullable [] json(int maxBytes, List<byte @Nullable []> namesAndValues) {
        StreamAnswer answer = new StreamAnswer(maxBytes, Long.MAX_VALUE, () -> 0);
        answer.multi(namesAndValues.size());
        for (byte[] value : namesAndValues) {
            answer.set(value == null ? null : ByteBuffer.wrap(value));
        }
        answer.complete(0);
        return StreamEntry.json(answer.top());
    }

    private static @Nullable String json(int maxBytes, @Nullable String... namesAndValues) {
        List<byte @Nullable []> fields = new ArrayList<>();
        for (String text : namesAndValues) {
            fields.add(text == null ? null : utf8(text));
        }
        byte @Nullable [] json = json(maxBytes, fields);
        return json == null ? null : new String(json, StandardCharsets.UTF_8);
    }

    private static @Nullable String json(String... namesAndValues) {
        return json(1_000, namesAndValues);
    }

    private static StreamEntry entry(String stream, long ms) {
        return new StreamEntry(stream, new StreamId(ms, 0), new byte[0]);
    }

    private static List<String> inOrder(int asked, StreamEntry... entries) {
        List<String> order = new ArrayList<>();
        new StreamBatch(asked, asked, Map.of(), List.of(entries), List.of(), List.of())
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
    void shouldTakeTheFirstOfSeveralFieldsWithTheNameData() {
        assertThat(json("data", "1", "data", "2")).isEqualTo("1");
        assertThat(json("x", "data", "data", "2")).isEqualTo("2");
    }

    @Test
    void shouldKeepTheFieldDataOfAnEntryWhoseOtherFieldsAreTooLarge() {
        assertThat(json(10, "a", "123456789", "b", "1", "data", "{}")).isEqualTo("{}");
        assertThat(json(10, "a", null, "data", "{}")).isEqualTo("{}");
        assertThat(json(10, null, "b", "data", "{}")).isEqualTo("{}");
        assertThat(json(10, "data", "{}", "b", null)).isEqualTo("{}");
    }

    @Test
    void shouldMakeNothingOfFieldsThatAreTooLarge() {
        assertThat(json(10, "a", "1", "b", "12345678")).isNull();
        assertThat(json(10, "a", "1", "b", null)).isNull();
        assertThat(json(10, "data", null, "b", "1")).isNull();
        assertThat(json(10, null, "1")).isNull();
        assertThat(json(10 + 4 * 32, "a", "1234", "b", "1234")).isNotNull();
    }

    @Test
    void shouldEscapeNamesAndValuesForJson() {
        assertThat(json("q\"", "a\\b\n\u0001\u007f")).isEqualTo("{\"q\\\"\":\"a\\\\b\\u000a\\u0001\u007f\"}");
    }

    @Test
    @SuppressWarnings("ArrayAsKeyOfSetOrMap")
    void shouldLeaveMalformedTextForTheParserToReject() {
        byte[] bytes = Objects.requireNonNull(json(1_000, List.of(utf8("a"), new byte[] {(byte) 0xff})));

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
        assertThat(new StreamBatch(2, 2, Map.of(), entries, List.of(), List.of()).full())
                .containsExactly("a");
    }

    @Test
    void shouldReadTheInfoOfAStream() {
        assertThat(info("length", 2L, "last-generated-id", "9-1", "first-entry", List.of("5-0", List.of("a", "b"))))
                .isEqualTo(new StreamInfo(2, new StreamId(9, 1), new StreamId(5, 0), null, StreamInfo.UNKNOWN));
        StreamInfo now = info("length", 2L, "max-deleted-entry-id", "4-0", "entries-added", 7L);
        assertThat(now.maxDeleted()).isEqualTo(new StreamId(4, 0));
        assertThat(now.added()).isEqualTo(7);
        assertThat(now.first()).isNull();
        assertThat(info("recorded-first-entry-id", "0-0").first()).isNull();
        assertThat(info("recorded-first-entry-id", "5-0").first())
                .as("the first entry has not come")
                .isEqualTo(new StreamId(5, 0));
    }

    private static StreamInfo info(Object... namesAndValues) {
        StreamAnswer answer = new StreamAnswer(1_000, Long.MAX_VALUE, () -> 0);
        fill(answer, List.of(namesAndValues), 0);
        return StreamInfo.of(answer.top().kept());
    }

    private static void fill(StreamAnswer answer, List<?> items, int depth) {
        answer.multi(items.size());
        for (Object item : items) {
            if (item instanceof List<?> inner) {
                fill(answer, inner, depth + 1);
            } else if (item instanceof Long number) {
                answer.set(number);
            } else {
                answer.set(ByteBuffer.wrap(utf8((String) item)));
            }
            answer.complete(depth + 1);
        }
    }
}
