package dev.hibiki.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A real Apache in the foreground, with the configuration of a test. Confined to the thread of the test. */
public final class ApacheFixture implements AutoCloseable {
    private static final Duration START_ALLOWED = Duration.ofSeconds(20);
    private static final Path MODULES = Path.of("/usr/lib/apache2/modules");
    private static final String CONFIGURATION = """
            ServerRoot %1$s
            ServerName localhost
            DefaultRuntimeDir %1$s
            PidFile apache.pid
            ErrorLog /dev/stderr
            LoadModule mpm_event_module %2$s/mod_mpm_event.so
            LoadModule authz_core_module %2$s/mod_authz_core.so
            LoadModule headers_module %2$s/mod_headers.so
            LoadModule proxy_module %2$s/mod_proxy.so
            LoadModule proxy_http_module %2$s/mod_proxy_http.so
            LoadModule proxy_wstunnel_module %2$s/mod_proxy_wstunnel.so
            LoadModule rewrite_module %2$s/mod_rewrite.so
            Listen 127.0.0.1:%3$d
            %4$s
            """;

    private final TempFolder folder;
    private final ExternalProcess process;

    private ApacheFixture(TempFolder folder, ExternalProcess process) {
        this.folder = folder;
        this.process = process;
    }

    /**
     * Starts Apache and waits until it listens; shows its output if it does not.
     *
     * @param configuration what follows behind the modules and {@code Listen}
     * @param port to listen on
     */
    public static ApacheFixture start(String configuration, int port) {
        Path program = Component.APACHE.require();
        TempFolder folder = TempFolder.create("apache");
        try {
            Path file = folder.file("apache.conf");
            Files.writeString(
                    file, CONFIGURATION.formatted(folder.path(), MODULES, port, configuration), StandardCharsets.UTF_8);
            List<String> command = List.of(program.toString(), "-D", "FOREGROUND", "-f", file.toString());
            ApacheFixture fixture = new ApacheFixture(folder, ExternalProcess.start("apache", folder, command));
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

    /** Kills Apache. With TERM it would wait for some seconds for open streams. */
    @Override
    public void close() {
        AtExit.forget(this);
        process.kill();
        folder.close();
    }
}
