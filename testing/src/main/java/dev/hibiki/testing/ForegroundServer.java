package dev.hibiki.testing;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A server that runs in the foreground, with a folder of its own for its configuration. Confined to its fixture.
 *
 * <p>It finds out from the kernel's socket table whether the server listens. A proxy in TCP mode would pass on a test connection,
 * and a test that counts the connections of its back end would count one too many.
 */
final class ForegroundServer implements AutoCloseable {
    private static final Duration START_ALLOWED = Duration.ofSeconds(20);
    private static final Duration END_ALLOWED = Duration.ofSeconds(20);

    private final String name;
    private final TempFolder folder;
    private final ExternalProcess process;
    private final Consumer<ExternalProcess> end;
    private final int[] ports;

    private ForegroundServer(
            String name, TempFolder folder, ExternalProcess process, Consumer<ExternalProcess> end, int... ports) {
        this.name = name;
        this.folder = folder;
        this.process = process;
        this.end = end;
        this.ports = ports;
    }

    /**
     * Starts a server and waits until it listens; shows its output if it does not.
     *
     * @param end ends the process with the signal that suits it
     * @param environment variables in addition to those of the tests
     * @param command writes the configuration into the folder, and returns the command that reads it
     * @param ports that the configuration listens on
     */
    static ForegroundServer start(
            String name,
            Consumer<ExternalProcess> end,
            Map<String, String> environment,
            Function<TempFolder, List<String>> command,
            int... ports) {
        TempFolder folder = TempFolder.create(name);
        ForegroundServer server;
        try {
            ExternalProcess process = ExternalProcess.start(name, folder, command.apply(folder), environment);
            server = new ForegroundServer(name, folder, process, end, ports);
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
        AtExit.close(server);
        try {
            server.awaitReady(() -> IntStream.of(ports).allMatch(Ports::isListening));
            return server;
        } catch (RuntimeException e) {
            server.remove(); // Without a look at the ports: perhaps another server has them.
            throw e;
        }
    }

    /** Polls until the server is ready, see {@link ExternalProcess#awaitReady}. */
    void awaitReady(BooleanSupplier ready) {
        process.awaitReady(START_ALLOWED, ready);
    }

    ExternalProcess process() {
        return process;
    }

    /** Its standard output and error so far. */
    String output() {
        return process.output();
    }

    /** Ends the server and its connections. A worker may listen a moment longer than its master runs, so this waits for it. */
    @Override
    public void close() {
        remove();
        Deadline.in(END_ALLOWED)
                .awaitUntil(
                        () -> name + " has left its ports",
                        () -> IntStream.of(ports).noneMatch(Ports::isListening));
    }

    private void remove() {
        AtExit.forget(this);
        end.accept(process);
        folder.close();
    }
}
