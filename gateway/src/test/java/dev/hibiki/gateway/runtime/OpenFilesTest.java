package dev.hibiki.gateway.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFilesTest {
    @TempDir
    Path folder = Path.of("");

    private long limit(String line) throws IOException {
        return OpenFiles.limit(Files.writeString(
                folder.resolve("limits"),
                "Limit                     Soft Limit           Hard Limit           Units     \n" + line + "\n"));
    }

    @Test
    void shouldReadTheSoftLimit() throws IOException {
        assertThat(limit("Max open files            1024                 1048576              files     "))
                .isEqualTo(1024);
    }

    @Test
    void shouldReportNoLimitWhenItIsUnlimited() throws IOException {
        assertThat(limit("Max open files            unlimited            unlimited            files     "))
                .isEqualTo(Long.MAX_VALUE);
        assertThat(limit("Max processes             1024                 1024                 processes "))
                .isEqualTo(Long.MAX_VALUE);
        assertThat(OpenFiles.limit(folder.resolve("missing"))).isEqualTo(Long.MAX_VALUE);
    }
}
