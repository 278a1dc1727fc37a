package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class AtExitIT {
    @Test
    void shouldLeaveNothingWhenTheJvmIsTerminated() throws Exception {
        Component.REDIS_SERVER.require();
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = jvm.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            assertThat(line).startsWith("server ");
            ProcessHandle server =
                    ProcessHandle.of(Long.parseLong(line.split(" ", -1)[1])).orElseThrow();
            Path folder = Path.of(line.split(" ", -1)[2]);
            assertThat(server.isAlive()).isTrue();
            assertThat(folder).exists();

            jvm.destroy();
            assertThat(jvm.waitFor(20, TimeUnit.SECONDS)).isTrue();
            Deadline.in(Duration.ofSeconds(5)).awaitUntil(() -> "the server is gone", () -> !server.isAlive());
            assertThat(Files.exists(folder)).isFalse();
        } finally {
            jvm.destroyForcibly();
        }
    }

    /** A test run that never closes its Redis. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws Exception {
            RedisFixture redis = RedisFixture.start(RedisKind.PATH);
            long server =
                    ProcessHandle.current().children().findFirst().orElseThrow().pid();
            System.out.println("server " + server + " "
                    + redis.cli("CONFIG", "GET", "dir")
                            .lines()
                            .skip(1)
                            .findFirst()
                            .orElseThrow());
            Thread.currentThread().join();
        }
    }
}
