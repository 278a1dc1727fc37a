package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Origins become what browsers send. */
class OriginReaderTest {
    private static ConfigLoader.Loaded load(String... arguments) throws ConfigException {
        return new ConfigLoader("v", Map.of(), Plugins.builtIn().sources()).load(arguments);
    }

    private static GatewayConfig config(String... arguments) throws ConfigException {
        return Objects.requireNonNull(load(arguments).config());
    }

    @ParameterizedTest
    @CsvSource({
        "*, *",
        "null, null",
        "file://, file://",
        "https://EXAMPLE.com:443, https://example.com",
        "HTTP://example.com:80, http://example.com",
        "http://example.com:443, http://example.com:443",
        "https://example.com:08443, https://example.com:8443",
        "https://*.Example.com:443, https://*.example.com",
        "https://*.example.com:8443, https://*.example.com:8443",
        "https://動画.example, https://xn--hhr831f.example",
        "https://Bücher.example, https://xn--bcher-kva.example",
        "https://*.bücher.example, https://*.xn--bcher-kva.example",
        "http://[0:0::1]:3000, http://[::1]:3000",
        "http://[2001:DB8:0:0:1:0:0:1], http://[2001:db8::1:0:0:1]",
        "http://127.0.0.1:3000, http://127.0.0.1:3000",
        "http://my_host:3000, http://my_host:3000",
        "capacitor://localhost, capacitor://localhost",
        "ionic://localhost, ionic://localhost",
        "app://obsidian.md, app://obsidian.md",
        "chrome-extension://AbCdEf, chrome-extension://abcdef"
    })
    void shouldWriteOriginsAsBrowsersDo(String given, String sent) throws ConfigException {
        assertThat(config("--allowed-origin", given).allowedOrigins()).containsExactly(sent);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://EXAMPLE.com/ | https://example.com; \"https://EXAMPLE.com/\" has a path",
                "https://a.example:443/x?y | https://a.example; \"https://a.example:443/x?y\" has a path",
                "Example.com | https://example.com; \"Example.com\" has no scheme",
                "NULL | null; \"NULL\" is not in lower case",
                "all | * for all pages; \"all\" is the name of a host",
                "file:///srv/page.html | file://, or null, as most browsers call files; \"file:///srv/page.html\" is no origin",
                "localhost:3000 | https://localhost:3000; \"localhost:3000\" has no scheme",
                "wss://a.example | https://a.example; \"wss://a.example\" is not the address of a page",
                "https://u@a.example | https://a.example; \"https://u@a.example\" has a user",
                "https://a.example:65536 | a port up to 65535; \"https://a.example:65536\" has no valid port",
                "http://127.1 | four numbers, as in http://127.0.0.1:3000; \"http://127.1\" has no valid IPv4 address",
                "http://[::g] | such as http://[::1]:3000; \"http://[::g]\" has no valid IPv6 address",
                "https://straße.example | the host in Punycode, xn--…; \"https://straße.example\" has a letter that"
                        + " browsers write in different ways",
                "https:// | https://example.com, https://*.example.com, null or *; \"https://\" has no valid host",
                "https://a..b | https://example.com, https://*.example.com, null or *; \"https://a..b\" has no valid host",
                "https://*a.example | https://example.com, https://*.example.com, null or *; \"https://*a.example\" has no"
                        + " valid host",
                "https://a.example:x | https://example.com, https://*.example.com, null or *; \"https://a.example:x\" has"
                        + " no valid host and port",
            })
    void shouldSayWhatIsWrongWithAnOriginAndWhatIsRight(String origin, String expected) {
        assertThatThrownBy(() -> load("--allowed-origin", origin))
                .isInstanceOf(ConfigException.class)
                .hasMessage("--allowed-origin: \"" + origin + "\", from flag --allowed-origin (expected: " + expected
                        + ")");
    }

    @Test
    void shouldNameOriginsWithoutEffect() throws ConfigException {
        assertThat(load("--allowed-origin", "*,https://a.example").warnings())
                .containsExactly("--allowed-origin allows all pages with *, so the other origins have no effect");
    }

    @Test
    void shouldWarnOfATrustedProxyThatIsEverybody() throws ConfigException {
        assertThat(load("--trusted-proxy", "10.0.0.0/8,::/0").warnings())
                .singleElement()
                .asString()
                .startsWith(
                        "--trusted-proxy trusts everybody with /0, so each client can say that it has another address");
        assertThat(load("--trusted-proxy", "10.0.0.0/8,::1").warnings()).isEmpty();
    }

    /** Any page can give a frame the origin null, so with cookies the events of a user would be open to any page. */
    @Test
    void shouldRefuseTheOriginNullWithCookies(@TempDir Path folder) throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "s".repeat(32));

        assertThatThrownBy(() -> load(
                        "--jwt-secret-file",
                        secret.toString(),
                        "--jwt-cookie",
                        "c",
                        "--allowed-origin",
                        "https://a.example,null"))
                .hasMessageContaining("(expected: without --allowed-origin null, since any page can have this origin in"
                        + " a sandboxed frame)");
    }
}
