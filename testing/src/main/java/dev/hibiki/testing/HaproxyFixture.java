package dev.hibiki.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A real HAProxy in the foreground with the configuration of a test. Confined to the thread of the test.
 *
 * <p>It finds out from the kernel's socket table whether HAProxy listens. In TCP mode HAProxy would pass on a test connection, and a test that
 * counts the connections of its back end would count one too many.
 */
public final class HaproxyFixture implements AutoCloseable {
    private static final Duration START_ALLOWED = Duration.ofSeconds(20);
    private static final Duration END_ALLOWED = Duration.ofSeconds(20);
    private static final String NEW_WORKER = "Loading success.";
    /** The number of USR2, which asks a master to reload (signal(7)). */
    private static final int USR2 = 12;

    private final TempFolder folder;
    private final ExternalProcess process;
    private final int[] ports;

    private HaproxyFixture(TempFolder folder, ExternalProcess process, int... ports) {
        this.folder = folder;
        this.process = process;
        this.ports = ports;
    }

    /** Starts HAProxy and waits until it listens on these ports, which the configuration binds; shows its output if it does not. */
    public static HaproxyFixture start(String configuration, int... ports) {
        Path program = Component.HAPROXY.require();
        TempFolder folder = TempFolder.create("haproxy");
        Path file = folder.file("haproxy.cfg");
        try {
            Files.writeString(file, configuration, StandardCharsets.UTF_8);
        } catch (IOException e) {
            folder.close();
            throw new UncheckedIOException(e);
        }
        return start(folder, List.of(program.toString(), "-db", "-f", file.toString()), Map.of(), ports);
    }

    /** Starts HAProxy like a service: a master with a worker that can be reloaded, and a configuration file that stays in its place. */
    public static HaproxyFixture startMaster(Path configuration, Map<String, String> environment, int... ports) {
        String program = Component.HAPROXY.require().toString();
        List<String> command =
                List.of(program, "-W", "-f", configuration.toAbsolutePath().toString());
        return start(TempFolder.create("haproxy"), command, environment, ports);
    }

    private static HaproxyFixture start(
            TempFolder folder, List<String> command, Map<String, String> environment, int... ports) {
        try {
            ExternalProcess process = ExternalProcess.start("haproxy", folder, command, environment);
            HaproxyFixture fixture = new HaproxyFixture(folder, process, ports);
            AtExit.close(fixture);
            fixture.awaitListening();
            return fixture;
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    private void awaitListening() {
        try {
            process.awaitReady(START_ALLOWED, () -> IntStream.of(ports).allMatch(Ports::isListening));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Lets a master start a new worker with USR2, and waits until the old worker has stopped this proxy; the old one keeps its connections. When
     * a worker begins to listen, its master executes itself again and ignores USR2 for about 30 ms (HAProxy 2.6). This waits for that first.
     */
    public void reload(String proxy) {
        process.awaitReady(START_ALLOWED, () -> process.handles(USR2));
        String left = "Proxy " + proxy + " stopped";
        int workers = count(NEW_WORKER);
        int retired = count(left);
        process.signal("USR2");
        process.awaitReady(START_ALLOWED, () -> count(NEW_WORKER) > workers && count(left) > retired);
    }

    private int count(String text) {
        return output().split(Pattern.quote(text), -1).length - 1;
    }

    /** Its standard output and error so far. */
    public String output() {
        return process.output();
    }

    /** Ends HAProxy and its connections with TERM. A worker may listen a moment longer than its master runs, so this waits for it. */
    @Override
    public void close() {
        AtExit.forget(this);
        process.stop();
        Deadline.in(END_ALLOWED)
                .awaitUntil(
                        () -> "HAProxy has left its ports",
                        () -> IntStream.of(ports).noneMatch(Ports::isListening));
        folder.close();
    }
}
