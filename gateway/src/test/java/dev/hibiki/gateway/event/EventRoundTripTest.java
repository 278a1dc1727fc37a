package dev.hibiki.gateway.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.testing.LongRun;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A random document in the form of a publisher comes out in the one form for clients. */
class EventRoundTripTest {
    private static final int DOCUMENTS = 400;

    static LongStream seeds() {
        return LongRun.seeds(3, 1_000);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void shouldDeliverEveryDocumentWithTheSameMeaningInOneForm(long seed) throws Exception {
        EventParser parser = Parsers.parser(1 << 20, 32);
        Random random = new Random(seed);
        for (int i = 0; i < DOCUMENTS; i++) {
            RandomDocument document = new RandomDocument(random);

            Event event = parser.parse(Parsers.utf8(document.published()));

            assertThat(Parsers.text(event)).as(document.published()).isEqualTo(document.delivered());
            assertThat(event.replacedSurrogates()).isEqualTo(document.loneSurrogates());
            assertThat(event.id()).isEqualTo(document.id());
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void shouldNotChangeAnEventThatItHasWritten(long seed) throws Exception {
        EventParser parser = Parsers.parser(1 << 20, 32);
        Random random = new Random(seed);
        for (int i = 0; i < DOCUMENTS; i++) {
            Event once = parser.parse(Parsers.utf8(new RandomDocument(random).published()));

            Event twice = parser.parse(once.json());

            assertThat(Parsers.text(twice)).isEqualTo(Parsers.text(once));
            assertThat(twice.id()).isEqualTo(once.id());
            assertThat(twice.route()).isEqualTo(once.route());
            assertThat(twice.replacedSurrogates()).isZero();
        }
    }
}
