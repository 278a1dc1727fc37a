package dev.hibiki.bench;

import dev.hibiki.bench.report.Second;
import dev.hibiki.bench.scenario.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** One line on standard error: rewritten on a terminal, a new one each second elsewhere. */
final class ConsoleProgress implements Progress, AutoCloseable {
    private static final String REWRITE = "\r\u001b[K";

    private final PrintWriter err;
    private final boolean terminal = terminal();
    private boolean shown;

    ConsoleProgress(PrintWriter err) {
        this.err = err;
    }

    @Override
    public void second(Second second) {
        String line = String.format(
                Locale.ROOT,
                "%5.0f s  %-10s %,8d clients  %,9.0f events/s  %,12.0f deliveries/s  server %s cores, client %.2f",
                second.atSeconds(),
                second.phase(),
                second.connected(),
                second.publishedPerSecond(),
                second.deliveriesPerSecond(),
                second.serverCores() == null ? "?" : String.format(Locale.ROOT, "%.2f", second.serverCores()),
                second.clientCores());
        if (terminal) {
            err.print(REWRITE + line);
        } else {
            err.println(line);
        }
        err.flush();
        shown = true;
    }

    @Override
    public void close() {
        if (terminal && shown) {
            err.print(REWRITE);
            err.flush();
        }
    }

    private static boolean terminal() {
        try {
            String device = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }
}
