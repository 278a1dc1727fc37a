package dev.hibiki.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SessionStateTest {
    private static final Path DESIGN = Path.of("..", "docs", "design.md");
    private static final Pattern ARROW = Pattern.compile(" {4}([A-Z]+) --> ([A-Z]+): .*");

    private static Set<String> transitions() {
        Set<String> transitions = new TreeSet<>();
        for (SessionState from : SessionState.values()) {
            for (SessionState to : SessionState.values()) {
                if (isAllowed(from, to)) {
                    transitions.add(from + " " + to);
                }
            }
        }
        return transitions;
    }

    private static boolean isAllowed(SessionState from, SessionState to) {
        try {
            return from.to(to) == to;
        } catch (IllegalStateException e) {
            assertThat(e).hasMessageContaining(from + " cannot become " + to);
            return false;
        }
    }

    @Test
    void shouldBeThePictureInTheDesignDocument() throws IOException {
        Set<String> drawn = new TreeSet<>();
        for (String line : Files.readAllLines(DESIGN)) {
            Matcher arrow = ARROW.matcher(line);
            if (arrow.matches()) {
                drawn.add(arrow.group(1) + " " + arrow.group(2));
            }
        }
        assertThat(transitions()).isEqualTo(drawn).isNotEmpty();
    }

    @Test
    void shouldLeaveTheOtherBitsOfAByteAlone() {
        for (SessionState state : SessionState.values()) {
            byte flags = state.in((byte) 0b1010_1011);
            assertThat(SessionState.of(flags)).isEqualTo(state);
            assertThat(flags & ~0b11).isEqualTo((byte) 0b1010_1000);
        }
    }
}
