package dev.hibiki.gateway.redis.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is kept of an entry is bounded, whatever its fields are. */
class StreamAnswerTest {
    private static final int MAX_VALUE_BYTES = 1_000;

    private static StreamAnswer.Items fields(int count, String name, String value) {
        StreamAnswer answer = new StreamAnswer(MAX_VALUE_BYTES, Long.MAX_VALUE, () -> 0);
        answer.multi(2 * count);
        for (int i = 0; i < count; i++) {
            answer.set(ByteBuffer.wrap(name.getBytes(StandardCharsets.US_ASCII)));
            answer.set(ByteBuffer.wrap(value.getBytes(StandardCharsets.US_ASCII)));
        }
        answer.complete(0);
        return answer.top();
    }

    @ParameterizedTest
    @CsvSource({"'', ''", "data, {}", "data, 0123456789", "a, 0123456789", "0123456789, ''"})
    void shouldKeepLittleOfManyFields(String name, String value) {
        StreamAnswer.Items fields = fields(100_000, name, value);

        assertThat(fields.isTooLarge()).isTrue();
        assertThat(fields.kept().size() % 2).isZero();
        assertThat(fields.kept()).hasSizeLessThan(MAX_VALUE_BYTES / 16);
        assertThat(StreamEntry.json(fields) != null).isEqualTo(name.equals("data"));
    }

    @Test
    void shouldFindTheDataBehindFieldsThatAreTooLarge() {
        StreamAnswer answer = new StreamAnswer(MAX_VALUE_BYTES, Long.MAX_VALUE, () -> 0);
        answer.multi(4);
        for (String text : new String[] {"other", "x".repeat(999), "data", "{}"}) {
            answer.set(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
        }
        answer.complete(0);

        assertThat(StreamEntry.json(answer.top())).asString().isEqualTo("{}");
    }
}
