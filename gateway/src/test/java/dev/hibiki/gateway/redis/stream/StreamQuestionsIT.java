package dev.hibiki.gateway.redis.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.testing.RedisFixture;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A client asks for an entry that is not read yet, and the reader finds out whether it will come. */
final class StreamQuestionsIT extends StreamReaderScene {
    StreamQuestionsIT(RedisFixture redis) {
        super(redis);
    }

    /** Asks late enough for another check. */
    private BooleanSupplier await(String key, String id) {
        clockNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(60));
        return Objects.requireNonNull(stream(key).await(id));
    }

    private long infos() {
        Matcher calls =
                Pattern.compile("cmdstat_xinfo(?:\\|stream)?:calls=(\\d+)").matcher(redis.cli("INFO", "commandstats"));
        return calls.find() ? Long.parseLong(calls.group(1)) : 0;
    }

    @Test
    void shouldAnswerWhetherAnEntryWillComeWithoutWaitingForTheNextCheck() {
        add("a", "5-0");
        catchUp();
        BooleanSupplier invented = await("a", "18446744073709551615-0");
        step();
        assertThat(invented.getAsBoolean()).isTrue();

        BooleanSupplier real = await("a", "6-0");
        add("a", "6-0");
        step();
        assertThat(real.getAsBoolean()).isTrue();
        assertThat(stream("a").await("6-0")).isNull();
    }

    @Test
    void shouldAnswerThatTheEntryWillNotComeWhenTheStreamWasMadeAgain() {
        add("a", "100-0");
        catchUp();
        BooleanSupplier lost = await("a", "101-0");
        redis.cli("DEL", "a");
        add("a", "5-0");
        step();
        assertThat(lost.getAsBoolean()).isTrue();
        assertThat(fixture.gaps()).isOne();
    }

    @Test
    void shouldReadEverythingThatTheCheckFoundBeforeItAnswers() {
        catchUp();
        for (int i = 1; i <= 250; i++) {
            add("a", i + "-0");
        }
        BooleanSupplier invented = await("a", "999-0");
        step();
        while (fixture.events() < 250) {
            assertThat(invented.getAsBoolean()).isFalse();
            step();
        }
        assertThat(invented.getAsBoolean()).isTrue();
    }

    @Test
    void shouldAskForOneStreamWhenAClientAsksForItsEntryAndStillCheckAllOfThem() {
        catchUp();
        long before = infos();
        BooleanSupplier invented = await("a", "99-0");
        add("b", "1-0");
        add("b", "2-0");
        redis.cli("XTRIM", "b", "MAXLEN", "1");
        step();
        assertThat(invented.getAsBoolean()).isTrue();
        assertThat(infos() - before).isOne();
        assertThat(fixture.events()).as("it reads all").isOne();
        assertThat(fixture.gaps()).isZero();

        int questions = 99; // In 6 seconds, with one check of both.
        for (int i = 0; i < questions; i++) {
            await("a", "99-0");
            step();
        }
        assertThat(infos() - before).isEqualTo(1 + questions + 1);
        assertThat(fixture.gaps()).as("the check of all finds what was trimmed").isOne();
    }
}
