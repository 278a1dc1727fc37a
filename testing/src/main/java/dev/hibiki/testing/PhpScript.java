package dev.hibiki.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a PHP script with the real PHP and its Redis extension, like the back end of a site. Confined to the thread of the test. */
public final class PhpScript {
    private final Path script;
    private final Map<String, String> environment = new HashMap<>();

    private PhpScript(Path script) {
        this.script = script;
    }

    public static PhpScript at(Path script) {
        return new PhpScript(script.toAbsolutePath());
    }

    /** Sets a variable of the script's environment. */
    public PhpScript with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Runs the script to its end. A script that takes longer is killed, and fails the test with its output. */
    public Result run(Duration allowed, String... arguments) {
        Path php = Component.PHP_REDIS.require();
        List<String> command = new ArrayList<>(List.of(php.toString(), script.toString()));
        command.addAll(List.of(arguments));
        try (TempFolder folder = TempFolder.create("php")) {
            File out = folder.file("out").toFile();
            File err = folder.file("err").toFile();
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(out)
                    .redirectError(err);
            builder.environment().putAll(environment);
            Process process = builder.start();
            boolean ended = awaitEnd(process, allowed);
            Result result = new Result(process.exitValue(), read(out), read(err));
            if (!ended) {
                throw new AssertionError(
                        script.getFileName() + " ran longer than " + allowed.toMillis() + " ms: " + result);
            }
            return result;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the end and kills the process if necessary; returns whether it ended by itself. */
    private static boolean awaitEnd(Process process, Duration allowed) {
        AutoCloseable killer = process::destroyForcibly;
        AtExit.close(killer);
        try {
            if (process.waitFor(allowed.toMillis(), TimeUnit.MILLISECONDS)) {
                return true;
            }
            process.destroyForcibly().waitFor();
            return false;
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while a script ran", e);
        } finally {
            AtExit.forget(killer);
        }
    }

    private static String read(File file) throws IOException {
        return new String(Files.readAllBytes(file.toPath()), StandardCharsets.UTF_8);
    }

    /** The output and the exit code of a script. */
    public record Result(int exitCode, String stdout, String stderr) {}
}
