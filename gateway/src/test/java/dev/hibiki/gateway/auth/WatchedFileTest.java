package dev.hibiki.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedFileTest {
    @TempDir
    Path folder = Path.of("");

    private Path file = Path.of("");
    private final List<String> read = new ArrayList<>();

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("keys"), "a");
    }

    private void read(Path path) throws IOException {
        String text = Files.readString(path);
        read.add(text);
        if (text.equals("bad")) {
            throw new IOException("bad");
        }
    }

    @Test
    void shouldReadAFileAgainOnlyWhenItHasChanged() throws IOException {
        WatchedFile watched = WatchedFile.open("--keys", file, this::read);
        watched.run();
        assertThat(read).containsExactly("a");

        Files.writeString(file, "bb");
        watched.run();
        watched.run();
        assertThat(read).containsExactly("a", "bb");
    }

    @Test
    void shouldNoticeAReplacementOfTheSameSize() throws IOException {
        WatchedFile watched = WatchedFile.open("--keys", file, this::read);
        Path other = Files.writeString(folder.resolve("other"), "b");
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
        Files.move(other, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        watched.run();

        assertThat(read).containsExactly("a", "b");
    }

    @Test
    void shouldReadABadFileOncePerChangeAndRetryAMissingOneUntilItIsBack() throws IOException {
        WatchedFile watched = WatchedFile.open("--keys", file, this::read);
        Files.writeString(file, "bad");
        watched.run();
        watched.run();
        assertThat(read).containsExactly("a", "bad");

        Files.delete(file);
        watched.run();
        watched.run();
        assertThat(read).containsExactly("a", "bad");

        Files.writeString(file, "good");
        watched.run();
        assertThat(read).containsExactly("a", "bad", "good");
    }

    @Test
    void shouldNameTheOptionWhenTheFirstReadFails() throws IOException {
        Files.writeString(file, "bad");

        assertThatThrownBy(() -> WatchedFile.open("--keys", file, this::read))
                .isInstanceOf(IOException.class)
                .hasMessage("--keys: " + file + " cannot be used: bad");
    }
}
