package dev.hibiki.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.GatewayProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The token library is loaded only if tokens are required. */
final class TokenLibraryIT {
    @TempDir
    Path folder = Path.of("");

    private String loaded(String... options) throws IOException {
        Path classes = folder.resolve("classes");
        try (GatewayProcess gateway = GatewayProcess.jar(options)
                .environment("JAVA_TOOL_OPTIONS", "-Xlog:class+load:file=" + classes)
                .start()) {
            gateway.terminate();
            gateway.awaitExit();
        }
        return Files.readString(classes);
    }

    @Test
    void shouldBeLoadedOnlyWhenTokensAreRequired() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), TestTokens.SECRET);

        assertThat(loaded()).contains("dev.hibiki.gateway.Gateway ").doesNotContain("com.nimbusds.");
        assertThat(loaded("--jwt-secret-file", secret.toString())).contains("com.nimbusds.");
    }
}
