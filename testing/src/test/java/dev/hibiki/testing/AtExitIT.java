package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AtExitIT {
    private static final String READY = "ready";
    private static final String END = "end";

    @ParameterizedTest
    @ValueSource(strings = {"redis", "browser"})
    void shouldLeaveNoProcessAndNoFileWhenTheJvmIsTerminated(String fixture) throws Exception {
        Component.REDIS_SERVER.require();
        Component.CHROMIUM.require();
        Component.CHROMEDRIVER.require();
        TempFolder temp = TempFolder.create("exit");
        Path folder = temp.path();
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + folder,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        fixture)
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out = jvm.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.lines().takeWhile(line -> !line.equals(END)).toList())
                    .containsExactly(READY);
            List<ProcessHandle> programs = jvm.descendants().toList();
            assertThat(programs).isNotEmpty();
            assertThat(folder).isNotEmptyDirectory();

            jvm.destroy();
            assertThat(jvm.waitFor(30, TimeUnit.SECONDS)).isTrue();
            Deadline.in(Duration.ofSeconds(5))
                    .awaitUntil(() -> "all have ended", () -> programs.stream().noneMatch(AtExitIT::runs));
            assertThat(folder).isEmptyDirectory();
        } finally {
            jvm.destroyForcibly();
            temp.close();
        }
    }

    /** Whether the process runs a program; a zombie has none any more. */
    private static boolean runs(ProcessHandle process) {
        return process.isAlive() && process.info().command().isPresent();
    }

    /** A program that does not close its fixture. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws Exception {
            if (arguments[0].equals("redis")) {
                RedisFixture.start(RedisKind.PATH).cli("PING");
            } else {
                BrowserFixture.start().driver().get("about:blank");
            }
            System.out.println(READY + System.lineSeparator() + END);
            Thread.currentThread().join();
        }
    }
}
