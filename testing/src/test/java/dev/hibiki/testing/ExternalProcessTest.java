package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ExternalProcessTest {
    private static final String LEAVES_A_CHILD_FOR_HALF_A_SECOND = """
            (trap '' TERM; touch started; sleep 0.5; touch ended) &
            wait
            """;

    @Test
    void shouldBeStoppedOnlyWhenWhatItStartedHasEndedToo() {
        try (TempFolder folder = TempFolder.create("external-process")) {
            ExternalProcess process = startIn(folder);
            process.stop();
            assertThat(folder.file("ended")).exists();
        }
    }

    @Test
    void shouldKillWhatItStartedToo() {
        try (TempFolder folder = TempFolder.create("external-process")) {
            ExternalProcess process = startIn(folder);
            List<ProcessHandle> family = ProcessHandle.current().descendants().toList();
            process.kill();
            assertThat(family).hasSizeGreaterThan(1).noneMatch(ExternalProcess::runs);
        }
    }

    private static ExternalProcess startIn(TempFolder folder) {
        ExternalProcess process =
                ExternalProcess.start("parent", folder, List.of("sh", "-c", LEAVES_A_CHILD_FOR_HALF_A_SECOND));
        Path started = folder.file("started");
        process.awaitReady(Duration.ofSeconds(10), () -> Files.exists(started));
        return process;
    }
}
