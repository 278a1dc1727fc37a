package dev.hibiki.gateway.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The command that a gateway has printed, run by a shell as if a person had pasted it. Stateless. */
public final class PrintedCommand {
    private static final int PATIENCE_S = 30;

    private PrintedCommand() {}

    /** Returns the command that the log shows at the start of the last gateway. */
    public static String in(LogCapture log) {
        String line = log.linesWith("Publish with: ").stream()
                .reduce((first, second) -> second)
                .orElseThrow();
        return line.substring(line.indexOf("Publish with: ") + "Publish with: ".length());
    }

    /** Runs it; fails when the shell or redis-cli does. */
    public static void run(String command, Map<String, String> environment) {
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true);
        shell.environment().remove("REDISCLI_AUTH");
        shell.environment().putAll(environment);
        try {
            Process process = shell.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(PATIENCE_S, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(command + '\n' + output).isZero();
            assertThat(output).as(command).doesNotContain("ERR", "NOPERM", "WRONGPASS", "MOVED");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Runs the command that the log shows. */
    public static void runFrom(LogCapture log, Map<String, String> environment) {
        run(in(log), environment);
    }
}
