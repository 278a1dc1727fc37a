package dev.hibiki.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.redis.AnswerFilter.GaveUpException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerFilterTest {
    private static final String ENTRY =
            "*1\r\n*2\r\n$3\r\n1-0\r\n*4\r\n$1\r\na\r\n$12\r\nnot too much\r\n$4\r\ndata\r\n";

    private final AtomicLong clockNs = new AtomicLong();
    private final EmbeddedChannel channel = new EmbeddedChannel(new AnswerFilter(12, clockNs::get));

    private void write(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    }

    private String passed() {
        StringBuilder passed = new StringBuilder();
        for (ByteBuf part; (part = channel.readInbound()) != null; part.release()) {
            passed.append(part.toString(StandardCharsets.ISO_8859_1));
        }
        return passed.toString();
    }

    private void later(long ms) {
        clockNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(ms));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 1_000})
    void shouldLeaveOutLargeValuesHoweverTheBytesAreCut(int step) {
        String large = "$13\r\n*3\r\n$9\r\n\r\n\r\n+\r\n";
        String text = "+OK\r\n" + ENTRY + large + ":5\r\n*-1\r\n$-1\r\n*0\r\n$0\r\n\r\n" + large + "-ERR no\r\n*1\r\n"
                + large;
        for (int i = 0; i < text.length(); i += step) {
            write(text.substring(i, Math.min(text.length(), i + step)));
        }
        assertThat(passed()).isEqualTo(text.replace(large, "$-1\r\n"));
        assertThat(channel.finish()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 1_000})
    void shouldLeaveOutLargeValuesOfResp3HoweverSlowlyTheyCome(int step) {
        EmbeddedChannel patient = new EmbeddedChannel(AnswerFilter.patient(12));
        String large = "$13\r\n>3\r\n$9\r\n\r\n\r\n+\r\n";
        String push = ">3\r\n$8\r\nsmessage\r\n$1\r\nb\r\n";
        String text = "%2\r\n+proto\r\n:3\r\n+modules\r\n~0\r\n" + push + large + "_\r\n=5\r\ntxt:\n\r\n#t\r\n" + push
                + large + ",1.5\r\n!6\r\nERR no\r\n";
        StringBuilder passed = new StringBuilder();
        for (int i = 0; i < text.length(); i += step) {
            String part = text.substring(i, Math.min(text.length(), i + step));
            patient.writeInbound(Unpooled.copiedBuffer(part, StandardCharsets.ISO_8859_1));
        }
        for (ByteBuf part; (part = patient.readInbound()) != null; part.release()) {
            passed.append(part.toString(StandardCharsets.ISO_8859_1));
        }
        assertThat(passed.toString()).isEqualTo(text.replace(large, "$-1\r\n"));
    }

    @Test
    void shouldLeaveOutTheRestOfAnEntryThatIsTooLargeTogether() {
        int fields = AnswerFilter.SPARE_BYTES / 10;
        write("*2\r\n*2\r\n$3\r\n1-0\r\n*" + 2 * fields + "\r\n" + "$2\r\nab\r\n".repeat(2 * fields));
        write("*2\r\n$3\r\n2-0\r\n*2\r\n$4\r\ndata\r\n$2\r\nab\r\n");
        String passed = passed();
        assertThat(passed).contains("$-1\r\n").endsWith("\r\n$4\r\ndata\r\n$2\r\nab\r\n");
        assertThat(passed.split("ab\r\n", -1)).hasSizeLessThan(fields * 3 / 2);
        write(":1\r\n");
        assertThat(passed()).isEqualTo(":1\r\n");
    }

    @Test
    void shouldGiveUpALargeValueThatComesSlowly() {
        write(ENTRY + "$1000\r\n");
        later(AnswerFilter.DROP_TIMEOUT_MS);
        write("x".repeat(500));
        later(1);
        assertThatThrownBy(() -> write("x".repeat(499))).isInstanceOf(GaveUpException.class);
        write("x\r\n:7\r\n");
        assertThat(passed()).isEqualTo(ENTRY);
    }

    @Test
    void shouldCountTheTimeOfAllLargeValuesOfAnAnswer() {
        for (int answer = 0; answer < 3; answer++) {
            write("*2\r\n$13\r\n");
            later(60);
            write("x".repeat(13) + "\r\n");
            later(60);
            write("$13\r\n");
            later(20);
            write("x".repeat(13) + "\r\n");
        }
        write("*2\r\n$13\r\n");
        later(60);
        write("x".repeat(13) + "\r\n$13\r\n");
        later(60);
        assertThatThrownBy(() -> write("x")).isInstanceOf(GaveUpException.class);
    }

    @Test
    void shouldGiveUpAnEntryThatComesTooSlowly() {
        write(ENTRY + "$12\r\n");
        for (int i = 0; i < AnswerFilter.ENTRY_TIMEOUT_S; i++) {
            later(1_000);
            write("");
        }
        assertThat(channel.isOpen()).isTrue();
        later(1);
        assertThatThrownBy(() -> write("x")).isInstanceOf(GaveUpException.class);
    }

    @Test
    void shouldNotBlameAnEntryForATimeWithoutBytes() {
        write(ENTRY + "$12\r\n");
        later(TimeUnit.HOURS.toMillis(1));
        write("not");
        later(TimeUnit.HOURS.toMillis(1));
        write(" too much\r\n");
        assertThat(passed()).isEqualTo(ENTRY + "$12\r\nnot too much\r\n");
    }

    @Test
    void shouldCountTheTimeOfEachEntry() {
        write("*1000\r\n");
        for (int i = 0; i < 1_000; i++) {
            later(1_000);
            write(ENTRY);
            write("$1\r\nx\r\n");
        }
        assertThat(passed()).hasSizeGreaterThan(1_000 * ENTRY.length());
    }
}
