package dev.hibiki.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A real nginx in the foreground, of one process, with the configuration of a test. Confined to the thread of the test. */
public final class NginxFixture implements AutoCloseable {
    private static final Duration START_ALLOWED = Duration.ofSeconds(20);
    private static final String CONFIGURATION = """
            daemon off;
            master_process off;
            pid nginx.pid;
            error_log stderr info;
            events {}
            http {
              access_log off;
              client_body_temp_path temp;
              proxy_temp_path temp;
              fastcgi_temp_path temp;
              scgi_temp_path temp;
              uwsgi_temp_path temp;
            %s
            }
            """;

    private final TempFolder folder;
    private final ExternalProcess process;

    private NginxFixture(TempFolder folder, ExternalProcess process) {
        this.folder = folder;
        this.process = process;
    }

    /**
     * Starts nginx and waits until it listens; shows its output if it does not.
     *
     * @param http the content of the block {@code http}
     * @param port that the configuration listens on
     */
    public static NginxFixture start(String http, int port) {
        Path program = Component.NGINX.require();
        TempFolder folder = TempFolder.create("nginx");
        try {
            Path file = folder.file("nginx.conf");
            Files.writeString(file, CONFIGURATION.formatted(http), StandardCharsets.UTF_8);
            List<String> command =
                    List.of(program.toString(), "-p", folder.path() + "/", "-c", file.toString(), "-e", "stderr");
            NginxFixture fixture = new NginxFixture(folder, ExternalProcess.start("nginx", folder, command));
            AtExit.close(fixture);
            fixture.awaitListening(port);
            return fixture;
        } catch (IOException e) {
            folder.close();
            throw new UncheckedIOException(e);
        }
    }

    private void awaitListening(int port) {
        try {
            process.awaitReady(START_ALLOWED, () -> Ports.isListening(port));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Its standard output and error so far. */
    public String output() {
        return process.output();
    }

    /** Ends nginx and its connections with TERM. */
    @Override
    public void close() {
        AtExit.forget(this);
        process.stop();
        folder.close();
    }
}
