package dev.hibiki.bench.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FieldFinderTest {
    private final FieldFinder finder = new FieldFinder("seq");

    @Test
    void shouldReadNumbersOfEveryLength() {
        long value = 0;
        for (int digits = 1; digits <= 18; digits++) {
            value = value * 10 + digits % 10;
            assertThat(parse("{\"seq\":" + value + "}")).isEqualTo(value);
            assertThat(parse("{\"seq\":" + value)).isEqualTo(value);
        }
    }

    @Test
    void shouldRememberThePositionOfAFieldAndNoticeAChange() {
        assertThat(parse("{\"event\":\"a\",\"seq\":41,\"x\":1}")).isEqualTo(41);
        assertThat(parse("{\"event\":\"b\",\"seq\":42,\"x\":1}")).isEqualTo(42);
        assertThat(parse("{\"id\":\"9-1\",\"event\":\"b\",\"seq\":43}")).isEqualTo(43);
        assertThat(parse("{\"seq\": 44, \"padding\":\"          \"}")).isEqualTo(44);
    }

    @Test
    void shouldNotReadTheMiddleOfALongerNumber() {
        assertThat(parse("{\"seq\": 7,\"x\":1}")).isEqualTo(7);
        assertThat(parse("{\"seq\":1234567,\"x\":1}")).isEqualTo(1234567);
    }

    @Test
    void shouldFindAFieldInAnEscapedString() {
        assertThat(parse("{\"data\":\"{\\\"seq\\\":17,\\\"x\\\":1}\"}")).isEqualTo(17);
    }

    @Test
    void shouldReportAMissingNumber() {
        assertThat(parse("{\"sequence\":\"x\",\"seq\":null}")).isEqualTo(FieldFinder.NOT_FOUND);
        assertThat(parse("{\"se")).isEqualTo(FieldFinder.NOT_FOUND);
        assertThat(parse("")).isEqualTo(FieldFinder.NOT_FOUND);
    }

    @Test
    void shouldNotSearchBeyondTheMessage() {
        ByteBuffer two = ByteBuffer.wrap("{\"seq\":12}{\"seq\":34}".getBytes(StandardCharsets.UTF_8));
        assertThat(finder.parse(two, 0, 8)).isEqualTo(1);
        assertThat(finder.parse(two, 10, 20)).isEqualTo(34);
        assertThat(finder.parse(two, 0, 5)).isEqualTo(FieldFinder.NOT_FOUND);
    }

    @Test
    void shouldRefuseANameThatIsTooLong() {
        assertThatThrownBy(() -> new FieldFinder("sequence")).isInstanceOf(IllegalArgumentException.class);
    }

    private long parse(String text) {
        byte[] bytes = ("....." + text + "99999").getBytes(StandardCharsets.UTF_8);
        return finder.parse(ByteBuffer.wrap(bytes), 5, bytes.length - 5);
    }
}
