package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ExternalProcessTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int USR2 = 12;
    private static final String LEAVES_A_CHILD_FOR_HALF_A_SECOND = """
            (trap '' TERM; touch started; sleep 0.5; touch ended) &
            wait
            """;

    @Test
    void shouldWaitForItsDescendantsWhenStopped() {
        try (TempFolder folder = TempFolder.create("external-process")) {
            ExternalProcess process = startIn(folder);
            process.stop();
            assertThat(folder.file("ended")).exists();
        }
    }

    @Test
    void shouldKillItsDescendants() {
        try (TempFolder folder = TempFolder.create("external-process")) {
            ExternalProcess process = startIn(folder);
            List<ProcessHandle> family = ProcessHandle.current().descendants().toList();
            process.kill();
            assertThat(family).hasSizeGreaterThan(1).noneMatch(ExternalProcess::runs);
        }
    }

    @Test
    void shouldDetectWhetherItHandlesASignal() throws IOException {
        String heedsAtLast = "trap '' USR2; touch started; until [ -e go ]; do sleep 0.05; done; trap : USR2; sleep 9";
        try (TempFolder folder = TempFolder.create("external-process")) {
            ExternalProcess process = ExternalProcess.start("late", folder, List.of("sh", "-c", heedsAtLast));
            process.awaitReady(SOON, () -> Files.exists(folder.file("started")));
            assertThat(process.handles(USR2)).isFalse();
            Files.createFile(folder.file("go"));
            process.awaitReady(SOON, () -> process.handles(USR2));
            assertThat(process.handles(USR2 + 1)).isFalse();
            process.kill();
            assertThat(process.handles(USR2)).isFalse();
        }
    }

    private static ExternalProcess startIn(TempFolder folder) {
        ExternalProcess process =
                ExternalProcess.start("parent", folder, List.of("sh", "-c", LEAVES_A_CHILD_FOR_HALF_A_SECOND));
        Path started = folder.file("started");
        process.awaitReady(SOON, () -> Files.exists(started));
        return process;
    }
}
