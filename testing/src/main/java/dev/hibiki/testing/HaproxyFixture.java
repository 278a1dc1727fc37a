package dev.hibiki.testing;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A real HAProxy in the foreground with the configuration of a test. Confined to the thread of the test. */
public final class HaproxyFixture implements AutoCloseable {
    private static final String NEW_WORKER = "Loading success.";
    /** The number of USR2, which asks a master to reload (signal(7)). */
    private static final int USR2 = 12;

    private final ForegroundServer server;

    private HaproxyFixture(ForegroundServer server) {
        this.server = server;
    }

    /** Starts HAProxy and waits until it listens on these ports, which the configuration binds; shows its output if it does not. */
    public static HaproxyFixture start(String configuration, int... ports) {
        String program = Component.HAPROXY.require().toString();
        return new HaproxyFixture(ForegroundServer.start(
                "haproxy",
                ExternalProcess::stop,
                Map.of(),
                folder -> List.of(program, "-db", "-f", folder.write("haproxy.cfg", configuration)),
                ports));
    }

    /** Starts HAProxy like a service: a master with a worker that can be reloaded, and a configuration file that stays in its place. */
    public static HaproxyFixture startMaster(Path configuration, Map<String, String> environment, int... ports) {
        String program = Component.HAPROXY.require().toString();
        String file = configuration.toAbsolutePath().toString();
        return new HaproxyFixture(ForegroundServer.start(
                "haproxy", ExternalProcess::stop, environment, folder -> List.of(program, "-W", "-f", file), ports));
    }

    /**
     * Lets a master start a new worker with USR2, and waits until the old worker has stopped this proxy; the old one keeps its connections. When
     * a worker begins to listen, its master executes itself again and ignores USR2 for about 30 ms (HAProxy 2.6). This waits for that first.
     */
    public void reload(String proxy) {
        server.awaitReady(() -> server.process().handles(USR2));
        String left = "Proxy " + proxy + " stopped";
        int workers = count(NEW_WORKER);
        int retired = count(left);
        server.process().signal("USR2");
        server.awaitReady(() -> count(NEW_WORKER) > workers && count(left) > retired);
    }

    private int count(String text) {
        return output().split(Pattern.quote(text), -1).length - 1;
    }

    /** Its standard output and error so far. */
    public String output() {
        return server.output();
    }

    /** Ends HAProxy and its connections with TERM. */
    @Override
    public void close() {
        server.close();
    }
}
