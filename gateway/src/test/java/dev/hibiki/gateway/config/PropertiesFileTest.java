package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PropertiesFileTest {
    @TempDir
    Path folder = Path.of("");

    private Path file() {
        return folder.resolve("hibiki.properties");
    }

    private GatewayConfig load() throws ConfigException {
        return Objects.requireNonNull(new ConfigLoader(
                        "v",
                        Map.of("HIBIKI_CONFIG", file().toString()),
                        Plugins.builtIn().sources())
                .load()
                .config());
    }

    private String error() {
        return catchThrowableOfType(ConfigException.class, this::load)
                .getMessage()
                .replace(file().toString(), "F");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "# x\\n\\nprot=1 | sets \"prot\" in line 3 (expected: the name of an option without --; did you mean port?)",
                "log-level=info\\n#log=1\\nlog=debug | sets \"log\" in line 3 (expected: the name of an option without --; did you mean log-bytes?)",
                "channel=a,\\\\\\nhue=b\\n hue : c | sets \"hue\" in line 3 (expected: the name of an option without --)",
                "colour=red | sets \"colour\" in line 1 (expected: the name of an option without --)",
                "--port=1 | sets \"--port\" in line 1 (expected: the name of an option without --; did you mean port?)",
                "HIBIKI_PORT=1 | sets \"HIBIKI_PORT\" in line 1 (expected: the name of an option without --; did you mean port?)",
                "max_connections_per_address=1 | sets \"max_connections_per_address\" in line 1 (expected: the name of an"
                        + " option without --; did you mean max-connections-per-address?)",
                "port=1\\nport=2 | sets \"port\" twice (expected: one line for each option, with commas between values)",
                "port=\\\\u12g4 | has a \\\\u without four hexadecimal digits behind it (expected: \\\\\\\\ for a backslash)",
            })
    void shouldNameWhatIsWrongInTheFile(String content, String expected) throws IOException {
        Files.writeString(file(), content.replace("\\n", "\n").replace("\\\\", "\\"));

        assertThat(error()).isEqualTo("--config: \"F\" " + expected.replace("\\\\", "\\"));
    }

    @Test
    void shouldSayThatTheFileDoesNotExist() {
        assertThat(error()).isEqualTo("--config: \"F\" does not exist (expected: a properties file)");
    }

    @Test
    void shouldSayThatItIsADirectory() throws IOException {
        Files.createDirectory(file());

        assertThat(error())
                .isEqualTo("--config: \"F\" cannot be read: it is a directory (expected: a readable properties file)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Shift_JIS", "EUC-KR", "GBK", "ISO-8859-1", "UTF-16"})
    void shouldRefuseAnotherEncodingThanUtf8(String charset) throws IOException {
        Files.writeString(
                file(), charset.equals("ISO-8859-1") ? "channel=caf\u00E9\n" : "channel=新\n", Charset.forName(charset));

        assertThat(error()).isEqualTo("--config: \"F\" is not in UTF-8 (expected: a file that was saved as UTF-8)");
    }

    @Test
    void shouldIgnoreAByteOrderMarkAndWindowsLineEnds() throws Exception {
        Files.writeString(file(), "\uFEFFchannel=動画\r\nport=81\r\n");

        assertThat(load().channels()).containsExactly("動画");
        assertThat(load().listen().port()).isEqualTo(81);
    }
}
