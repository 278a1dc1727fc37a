package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Secret;
import dev.hibiki.gateway.plugins.Plugins;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The names and keys of the admin port come from flags, variables and files. */
class AuthReaderTest {
    @TempDir
    Path folder = Path.of("");

    private static AuthSettings.Admin admin(Map<String, String> environment, String... flags) throws ConfigException {
        return Objects.requireNonNull(
                        new ConfigLoader("v", environment, Plugins.builtIn().sources())
                                .load(flags)
                                .config())
                .auth()
                .admin();
    }

    @Test
    void shouldReadNamesAndKeysOfTheAdminPort() throws Exception {
        Path file = Files.writeString(folder.resolve("keys"), "third\n");

        AuthSettings.Admin admin = admin(
                Map.of("HIBIKI_ADMIN_KEY", "one,two", "HIBIKI_ADMIN_KEY_FOR_METRICS", "true"),
                "--admin-name",
                "GW-1.internal",
                "--admin-name=gw_2",
                "--admin-key-file",
                file.toString());

        assertThat(admin)
                .isEqualTo(new AuthSettings.Admin(
                        Set.of("gw-1.internal", "gw_2"),
                        new AuthSettings.Keys(List.of(new Secret("one"), new Secret("two")), file),
                        true));
        assertThat(admin.keys().isConfigured()).isTrue();
    }

    @Test
    void shouldTakeAFileForAKeyOfItsOwn() throws ConfigException, IOException {
        Path file = Files.writeString(folder.resolve("keys"), "key\n");

        assertThat(admin(Map.of("HIBIKI_ADMIN_KEY_FILE", file.toString()))
                        .keys()
                        .isConfigured())
                .isTrue();
        assertThat(admin(Map.of()).keys().isConfigured()).isFalse();
    }

    @Test
    void shouldAllowAnAddressBeyondLoopbackOnlyWithAKeyOfPublishers() throws ConfigException {
        for (String key : List.of("--deflate=true", "--admin-key=k")) {
            assertThatThrownBy(() -> admin(Map.of(), "--admin-host", "0.0.0.0", key))
                    .hasMessage("--admin-host: \"0.0.0.0\", from flag --admin-host (expected: a loopback address,"
                            + " or --publish-key or --publish-keys-file, since whoever reaches it may publish)");
        }
        assertThat(admin(Map.of(), "--admin-host", "0.0.0.0", "--publish-key", "k")
                        .keys()
                        .isConfigured())
                .isFalse();
        assertThat(admin(Map.of(), "--admin-host", "127.9.9.9").names()).isEmpty();
        assertThat(admin(Map.of(), "--admin-host", "::1").names()).isEmpty();
    }
}
