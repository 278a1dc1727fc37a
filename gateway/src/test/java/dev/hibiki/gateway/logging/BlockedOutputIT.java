package dev.hibiki.gateway.logging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.gateway.support.Http;
import dev.hibiki.testing.WebSocketClient;
import java.io.BufferedReader;
import java.io.FileReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Standard output does not take lines: clients go on, and the lines that are lost are counted. */
@Timeout(120)
final class BlockedOutputIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    /** Each logs two lines of more than 200 bytes: more than the pipe and the queue hold together. */
    private static final int CLIENTS = 1_500;

    @TempDir
    private Path folder;

    @Test
    void shouldDropLinesWithoutWaiting() throws Exception {
        Path pipe = folder.resolve("output");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        // Open for both, so that neither end waits for the other.
        try (RandomAccessFile unread = new RandomAccessFile(pipe.toFile(), "rw");
                GatewayProcess gateway = GatewayProcess.jarAfter("exec >" + pipe + " 2>&1", "--log-level", "debug")
                        .start();
                WebSocketClient client = gateway.connect()) {
            for (int i = 0; i < CLIENTS; i++) {
                gateway.connect().abort();
            }

            gateway.publish("{\"event\":\"new_trending\",\"title\":\"新しい動画\"}");
            assertThat(client.awaitText(SOON)).contains("新しい動画");
            assertThat(Http.get(gateway.admin("/metrics")).body())
                    .containsPattern("(?m)^hibiki_log_dropped_lines_total [1-9]");

            try (BufferedReader lines = new BufferedReader(new FileReader(pipe.toFile(), StandardCharsets.UTF_8))) {
                String line;
                do {
                    line = lines.readLine();
                } while (!line.endsWith(" log lines were dropped, since standard output did not take them"));
            }
            assertThat(unread.getFD().valid()).isTrue();
        }
    }

    /** As on a full disk. */
    @Test
    void shouldCountTheLinesThatStandardOutputDoesNotTake() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.jarAfter("exec >/dev/full").start()) {
            String metrics = Http.get(gateway.admin("/metrics")).body();
            assertThat(metrics).containsPattern("(?m)^hibiki_log_dropped_lines_total [1-9]");
        }
    }

    @Test
    void shouldEndInTimeAlthoughItsLastLinesAreNotTaken() throws Exception {
        Path pipe = folder.resolve("output");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        try (RandomAccessFile unread = new RandomAccessFile(pipe.toFile(), "rw")) {
            unread.write(new byte[64 * 1024]); // As much as a pipe holds.
            try (GatewayProcess gateway =
                    GatewayProcess.jarAfter("exec >" + pipe + " 2>&1").start()) {
                gateway.terminate();
                assertThat(gateway.awaitExit(SOON)).isZero();
            }
        }
    }
}
