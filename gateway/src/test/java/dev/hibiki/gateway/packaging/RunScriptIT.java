package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.testing.Closure;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/run} starts the jar of this build from a copy of the repository. */
final class RunScriptIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    /** The index of the nice value among the fields after the name in {@code /proc/PID/task/TID/stat} (proc_pid_stat(5), field 19). */
    private static final int NICE = 16;

    /** A copy for this class, because its tests create and break the archive beside the jar. */
    @TempDir
    private static Path repository;

    @TempDir
    private Path elsewhere;

    @BeforeAll
    static void copyScriptsAndJar() throws IOException {
        Path module = Files.createDirectories(repository.resolve("gateway/src/main"))
                .resolve("../..")
                .normalize();
        Files.copy(GatewayProcess.ROOT.resolve("pom.xml"), repository.resolve("pom.xml"));
        Files.copy(GatewayProcess.ROOT.resolve("gateway/pom.xml"), module.resolve("pom.xml"));
        try (Stream<Path> files = Files.walk(GatewayProcess.ROOT.resolve("scripts"))) {
            for (Path file : files.toList()) {
                Files.copy(
                        file,
                        repository.resolve(GatewayProcess.ROOT.relativize(file)),
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        Files.copy(
                GatewayProcess.JAR,
                Files.createDirectory(module.resolve("target")).resolve("hibiki.jar"));
    }

    private static GatewayProcess.Launch script(String... arguments) {
        return GatewayProcess.script(repository.resolve("scripts/run"), arguments);
    }

    @Test
    void shouldReplaceItsProcessSoThatSignalsReachTheGateway() throws Exception {
        try (GatewayProcess gateway = script().in(elsewhere).start();
                WebSocketClient client = gateway.connect()) {
            gateway.publish("{\"event\":\"new_trending\",\"title\":\"響\",\"id\":\"1\"}");
            assertThat(client.awaitText(SOON)).contains("響");
            gateway.terminate();
            assertThat(client.awaitClose(SOON)).extracting(Closure::code).isEqualTo(1012);
            assertThat(gateway.awaitExit()).isZero();
            assertThat(gateway.output())
                    .doesNotContain("hibiki: building")
                    .doesNotContain("WARNING:")
                    .doesNotContain(" WARN ");
        }
    }

    @Test
    void shouldPassArgumentsToTheGatewayAndJavaOptionsToTheNewestJava() throws Exception {
        int newest = newestJava();
        GatewayProcess.Result result = script("--print-config", "--channel", "two words")
                .environment("HIBIKI_JAVA_OPTS", "-showversion -XX:+PrintCommandLineFlags -Xmx96m")
                .in(elsewhere)
                .run();
        assertThat(result.exitCode()).isZero();
        assertThat(result.output())
                .contains("version \"" + newest + ".")
                .contains("-XX:MaxHeapSize=" + (96 << 20))
                .contains("\nchannel=two words\n");
        assertThat(result.output().contains("-XX:+UseCompactObjectHeaders")).isEqualTo(newest >= 25);
    }

    @Test
    void shouldGiveCompilerThreadsALowPriority() throws Exception {
        Map<String, Integer> niceness;
        try (GatewayProcess gateway = script().in(elsewhere).start()) {
            niceness = niceness(gateway.pid());
        }
        assertThat(niceness).containsEntry("C1 CompilerThre", 10).containsEntry("C2 CompilerThre", 10);
        niceness.keySet().removeIf(thread -> !thread.startsWith("hibiki-loop"));
        assertThat(niceness).isNotEmpty().values().containsOnly(0);
    }

    /** The nice values of a process's threads, by their names. */
    private static Map<String, Integer> niceness(long pid) throws IOException {
        Map<String, Integer> niceness = new HashMap<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc", "" + pid, "task"))) {
            for (Path thread : threads.toList()) {
                try {
                    String[] stat = Files.readString(thread.resolve("stat")).split("[()]", 3);
                    niceness.put(stat[1], Integer.parseInt(stat[2].strip().split(" ", -1)[NICE]));
                } catch (NoSuchFileException ended) {
                    // The thread has ended.
                }
            }
        }
        return niceness;
    }

    @Test
    void shouldCreateTheArchiveOnceAndStartFromIt() throws Exception {
        GatewayProcess.Result first = script("--version").in(elsewhere).run();
        FileTime made = Files.getLastModifiedTime(archive());
        GatewayProcess.Result second = script("--version")
                .environment("HIBIKI_JAVA_OPTS", "-XX:+PrintCommandLineFlags")
                .in(elsewhere)
                .run();

        assertThat(first.exitCode()).isZero();
        assertThat(second.output()).contains("=" + archive()).doesNotContain("preparing");
        assertThat(Files.getLastModifiedTime(archive())).isEqualTo(made);
    }

    @Test
    void shouldStartWithoutAnUnusableArchive() throws Exception {
        script("--version").in(elsewhere).run();
        Path archive = archive();
        try {
            Files.delete(archive);
            Files.writeString(archive, "not an archive");

            assertThat(script("--version").in(elsewhere).run().output()).matches("hibiki \\S+\n");
        } finally {
            Files.delete(archive);
        }
    }

    /** The version of the newest Java on this machine, found by the scripts. */
    private static int newestJava() throws IOException {
        String library = GatewayProcess.ROOT.resolve("scripts/lib/java.sh").toString();
        Process process = new ProcessBuilder("bash", "-c", "source \"$0\" && java_homes", library)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String listed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return Integer.parseInt(listed.substring(0, listed.indexOf(' ')));
    }

    /** The archive for the Java that the script chooses. */
    private static Path archive() throws IOException {
        String version = "hibiki-" + newestJava() + ".";
        try (Stream<Path> files = Files.list(repository.resolve("gateway/target"))) {
            return files.filter(file -> file.getFileName().toString().startsWith(version)
                            && file.getFileName().toString().endsWith(".archive"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void shouldReturnTheExitCodeOfTheGateway() throws Exception {
        assertThat(script("--port", "-1").in(elsewhere).run().exitCode()).isEqualTo(2);
    }
}
