package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ContainerEngineTest {
    @Test
    void shouldWorkWhenAContainerOfTheImageAnswers() {
        ScriptedEngine engine = new ScriptedEngine();
        assertThat(engine.problem()).isEmpty();
        assertThat(engine.asked).containsExactly("answers", "image", "container");
    }

    @Test
    void shouldStopAtAnEngineThatDoesNotAnswer() {
        ScriptedEngine engine = new ScriptedEngine();
        engine.answers = false;
        assertThat(engine.problem()).contains("no Docker engine answers");
        assertThat(engine.asked).containsExactly("answers");
    }

    @Test
    void shouldPullAMissingImageOnce() {
        ScriptedEngine engine = new ScriptedEngine();
        engine.hasImage = false;
        assertThat(engine.problem()).isEmpty();
        assertThat(engine.asked).containsExactly("answers", "image", "pull", "container");
    }

    @Test
    void shouldGiveUpAfterOnePullAndSayWhyInOneLine() {
        ScriptedEngine engine = new ScriptedEngine();
        engine.hasImage = false;
        engine.refusal = Optional.of("Status 500: {\"message\":\"no\troute\"}\n");
        assertThat(engine.problem())
                .contains("the Docker engine has no image redis:test and cannot pull it (Status 500: {'message':'no"
                        + " route'})");
        assertThat(engine.asked).containsExactly("answers", "image", "pull");
    }

    @Test
    void shouldNotWorkWhenTheContainerDoesNotAnswer() {
        ScriptedEngine engine = new ScriptedEngine();
        engine.silence = Optional.of("Not within 20000 ms; its output:\n" + "x".repeat(10_000));
        assertThat(engine.problem())
                .hasValueSatisfying(problem -> assertThat(problem)
                        .startsWith(
                                "no container of the image redis:test answers on 127.0.0.1 (Not within 20000 ms; its")
                        .hasSizeLessThan(400));
    }

    @Test
    void shouldNotWorkWhenTheEngineFails() {
        ScriptedEngine engine = new ScriptedEngine() {
            @Override
            public boolean hasImage() {
                throw new IllegalStateException("broken");
            }
        };
        assertThat(engine.problem()).contains("the Docker engine failed (java.lang.IllegalStateException: broken)");
    }

    private static class ScriptedEngine implements ContainerEngine {
        final List<String> asked = new ArrayList<>();
        boolean answers = true;
        boolean hasImage = true;
        Optional<String> refusal = Optional.empty();
        Optional<String> silence = Optional.empty();

        @Override
        public String image() {
            return "redis:test";
        }

        @Override
        public boolean answers() {
            asked.add("answers");
            return answers;
        }

        @Override
        public boolean hasImage() {
            asked.add("image");
            return hasImage;
        }

        @Override
        public Optional<String> pullImage() {
            asked.add("pull");
            return refusal;
        }

        @Override
        public Optional<String> tryContainer() {
            asked.add("container");
            return silence;
        }
    }
}
