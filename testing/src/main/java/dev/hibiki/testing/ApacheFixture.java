package dev.hibiki.testing;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A real Apache in the foreground, with the configuration of a test. Confined to the thread of the test. */
public final class ApacheFixture implements AutoCloseable {
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

    private final ForegroundServer server;

    private ApacheFixture(ForegroundServer server) {
        this.server = server;
    }

    /**
     * Starts Apache and waits until it listens; shows its output if it does not.
     *
     * @param configuration what follows behind the modules and {@code Listen}
     * @param port to listen on
     */
    public static ApacheFixture start(String configuration, int port) {
        String program = Component.APACHE.require().toString();
        return new ApacheFixture(ForegroundServer.start(
                "apache",
                ExternalProcess::kill,
                Map.of(),
                folder -> {
                    String text = CONFIGURATION.formatted(folder.path(), MODULES, port, configuration);
                    return List.of(program, "-D", "FOREGROUND", "-f", folder.write("apache.conf", text));
                },
                port));
    }

    /** Its standard output and error so far. */
    public String output() {
        return server.output();
    }

    /** Kills Apache. With TERM it would wait for some seconds for open streams. */
    @Override
    public void close() {
        server.close();
    }
}
