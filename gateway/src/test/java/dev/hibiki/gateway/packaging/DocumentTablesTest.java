package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.event.Rejection;
import dev.hibiki.gateway.wire.CloseCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables of the documents have a row for each constant that users see. */
class DocumentTablesTest {
    private static String document(String name) throws IOException {
        return Files.readString(Path.of("..", "docs", name));
    }

    @ParameterizedTest
    @EnumSource(CloseCode.class)
    void shouldListEveryCloseCodeWithItsReason(CloseCode code) throws IOException {
        String comeBack = code.mayReconnect() ? "yes" : "no";

        assertThat(document("protocol.md"))
                .containsPattern("\\| " + code.code() + " \\| " + code.reason() + "[^|]*\\| " + comeBack);
    }

    @ParameterizedTest
    @MethodSource("dev.hibiki.gateway.edge.Refusal#limitLabels")
    void shouldListEveryReasonForARefusal(String label) throws IOException {
        assertThat(document("security.md")).containsPattern("\\| `" + label + "` \\| ");
    }

    @ParameterizedTest
    @EnumSource(Rejection.class)
    void shouldListEveryReasonForARejection(Rejection rejection) throws IOException {
        assertThat(document("publishing.md")).containsPattern("\\| `" + rejection.label() + "` \\| ");
    }
}
