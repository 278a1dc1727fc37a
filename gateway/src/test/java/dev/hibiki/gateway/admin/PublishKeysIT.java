package dev.hibiki.gateway.admin;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.LogCapture;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Publishing over HTTP takes the keys of the options and of a file that may change. */
final class PublishKeysIT {
    private static final String PATH = "/publish/" + Events.CHANNEL;

    @TempDir
    Path folder = Path.of("");

    private static int publish(RunningGateway gateway, String key) {
        return gateway.post(PATH, "{}", "Authorization", "Bearer " + key).statusCode();
    }

    @Test
    void shouldAcceptAnyConfiguredKeyAndCountRequestsWithoutOne() {
        try (RunningGateway gateway = RunningGateway.start("--publish-key", "one", "--publish-key", "two")) {
            HttpResponse<String> missing = gateway.post(PATH, "{}");
            assertThat(missing.statusCode()).isEqualTo(401);
            assertThat(missing.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
            assertThat(publish(gateway, "three")).isEqualTo(401);
            assertThat(gateway.metric("hibiki_events_in_total")).isZero();

            assertThat(publish(gateway, "one")).isEqualTo(202);
            assertThat(publish(gateway, "two")).isEqualTo(202);
            assertThat(gateway.metric("hibiki_publish_requests_total{status=\"401\"}"))
                    .isEqualTo(2);
        }
    }

    @Test
    void shouldReloadTheKeysOfAFileAndKeepTheOldOnesWhileItIsInvalid() throws IOException {
        Path file = Files.writeString(folder.resolve("keys"), "old\n");
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--publish-keys-file", file.toString())) {
            assertThat(publish(gateway, "old")).isEqualTo(202);

            Files.writeString(file, "old\nnew\n");
            eventually().until(() -> publish(gateway, "new") == 202);
            assertThat(publish(gateway, "old")).isEqualTo(202);

            Files.writeString(file, "n0t a key\n");
            eventually().until(() -> !log.linesWith("stays in force").isEmpty());
            assertThat(publish(gateway, "new")).isEqualTo(202);
            assertThat(log.linesWith("n0t a key")).isEmpty();

            Files.writeString(file, "new\n");
            eventually().until(() -> publish(gateway, "old") == 401);
            assertThat(publish(gateway, "new")).isEqualTo(202);
        }
    }
}
