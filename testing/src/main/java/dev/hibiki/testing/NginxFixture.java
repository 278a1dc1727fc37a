package dev.hibiki.testing;

import java.util.List;
import java.util.Map;

/** A real nginx in the foreground, of one process, with the configuration of a test. Confined to the thread of the test. */
public final class NginxFixture implements AutoCloseable {
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

    private final ForegroundServer server;

    private NginxFixture(ForegroundServer server) {
        this.server = server;
    }

    /**
     * Starts nginx and waits until it listens; shows its output if it does not.
     *
     * @param http the content of the block {@code http}
     * @param port that the configuration listens on
     */
    public static NginxFixture start(String http, int port) {
        String program = Component.NGINX.require().toString();
        return new NginxFixture(ForegroundServer.start(
                "nginx",
                ExternalProcess::stop,
                Map.of(),
                folder -> {
                    String file = folder.write("nginx.conf", CONFIGURATION.formatted(http));
                    return List.of(program, "-p", folder.path() + "/", "-c", file, "-e", "stderr");
                },
                port));
    }

    /** Its standard output and error so far. */
    public String output() {
        return server.output();
    }

    /** Ends nginx and its connections with TERM. */
    @Override
    public void close() {
        server.close();
    }
}
