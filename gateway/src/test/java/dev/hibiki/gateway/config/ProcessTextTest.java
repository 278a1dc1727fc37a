package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.options.ConfigException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arguments and variables are UTF-8, whatever the locale is. See also LocaleIT. */
class ProcessTextTest {
    private static final String UNREADABLE = " is not plain ASCII, and Java cannot read it in this locale (expected:"
            + " LANG=C.UTF-8 in the environment of the gateway, or the option in the file of --config)";

    private static final byte[] ARGUMENTS =
            "java\0-jar\0x.jar\0--channel\0動画\0\0--port\0001\0".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path proc = Path.of("");

    @BeforeEach
    void write() throws IOException {
        Files.write(proc.resolve("cmdline"), ARGUMENTS);
        Files.writeString(proc.resolve("environ"), "A=é\0HIBIKI_CHANNEL=動画\0HIBIKI_PORT=1\0");
    }

    private static String decoded(String text, Charset locale) {
        return new String(text.getBytes(StandardCharsets.UTF_8), locale);
    }

    @ParameterizedTest
    @ValueSource(strings = {"US-ASCII", "ISO-8859-1", "UTF-8", "EUC-JP"})
    void shouldReadUtf8InEveryLocale(String name) throws ConfigException {
        Charset locale = Charset.forName(name);
        ProcessText process = new ProcessText(locale, proc);
        String channel = decoded("動画", locale);

        assertThat(process.arguments("--channel", channel, "", "--port", "1"))
                .containsExactly("--channel", "動画", "", "--port", "1");
        assertThat(process.variables(Map.of("HIBIKI_CHANNEL", channel, "HIBIKI_PORT", "1", "A", decoded("é", locale))))
                .containsEntry("HIBIKI_CHANNEL", "動画")
                .containsEntry("HIBIKI_PORT", "1")
                .containsEntry("A", decoded("é", locale));
    }

    @Test
    void shouldRefuseTextThatIsNotUtf8() throws IOException {
        Files.write(proc.resolve("cmdline"), new byte[] {'x', 0, (byte) 0x93, (byte) 0xAE, 0});
        Files.write(proc.resolve("environ"), "HIBIKI_CHANNEL=caf\u00E9\0".getBytes(StandardCharsets.ISO_8859_1));
        ProcessText process = new ProcessText(StandardCharsets.UTF_8, proc);

        assertThatThrownBy(() -> process.arguments("\uFFFD\uFFFD"))
                .hasMessage("The argument 1 of the command line is not in UTF-8 (expected: text in UTF-8)");
        assertThatThrownBy(() -> process.variables(Map.of("HIBIKI_CHANNEL", "caf\uFFFD")))
                .hasMessage("The variable HIBIKI_CHANNEL is not in UTF-8 (expected: text in UTF-8)");
    }

    @Test
    void shouldRefuseTextWhoseBytesAreNotThere() throws IOException {
        ProcessText process = new ProcessText(StandardCharsets.US_ASCII, proc);

        // The command line ends with other arguments, as when Java read them from a file.
        assertThatThrownBy(() -> process.arguments("\uFFFD\uFFFD\uFFFD"))
                .hasMessage("The argument 1 of the command line" + UNREADABLE);
        Files.delete(proc.resolve("cmdline"));
        Files.delete(proc.resolve("environ"));
        assertThatThrownBy(() -> process.arguments("a", "\uFFFD"))
                .hasMessage("The argument 2 of the command line" + UNREADABLE);
        assertThatThrownBy(() -> process.variables(Map.of("HIBIKI_CHANNEL", "\uFFFD")))
                .hasMessage("The variable HIBIKI_CHANNEL" + UNREADABLE);
    }

    @Test
    void shouldTrustALocaleWithUtf8WhereThereIsNoProc() throws ConfigException {
        ProcessText process = new ProcessText(StandardCharsets.UTF_8, proc.resolve("missing"));

        assertThat(process.arguments("動画")).containsExactly("動画");
        assertThat(process.variables(Map.of("HIBIKI_CHANNEL", "動画"))).containsEntry("HIBIKI_CHANNEL", "動画");
    }
}
