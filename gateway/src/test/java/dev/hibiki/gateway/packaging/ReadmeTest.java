package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.config.Setting;
import dev.hibiki.gateway.event.Rejection;
import dev.hibiki.gateway.wire.CloseCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ReadmeTest {
    private static String readme() throws IOException {
        return Files.readString(Path.of("..", "README.md"));
    }

    @ParameterizedTest
    @EnumSource(Setting.class)
    void shouldListEveryOptionWithItsDefault(Setting setting) throws IOException {
        String defaultText = setting.defaultText() == null ? "none" : '`' + setting.defaultText() + '`';

        assertThat(readme()).contains("| `" + setting.flag() + "` | " + defaultText + " |");
    }

    @ParameterizedTest
    @EnumSource(CloseCode.class)
    void shouldListEveryCloseCodeWithItsReason(CloseCode code) throws IOException {
        String comeBack = code.mayReconnect() ? "yes" : "no";

        assertThat(readme()).containsPattern("\\| " + code.code() + " \\| " + code.reason() + "[^|]*\\| " + comeBack);
    }

    @ParameterizedTest
    @MethodSource("dev.hibiki.gateway.edge.Refusal#limitLabels")
    void shouldListEveryReasonForARefusal(String label) throws IOException {
        assertThat(readme()).containsPattern("\\| `" + label + "` \\| ");
    }

    @ParameterizedTest
    @EnumSource(Rejection.class)
    void shouldListEveryReasonForARejection(Rejection rejection) throws IOException {
        assertThat(readme()).contains('`' + rejection.label() + '`');
    }
}
