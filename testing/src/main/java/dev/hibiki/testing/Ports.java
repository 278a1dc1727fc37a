package dev.hibiki.testing;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Hands out free TCP ports. Any thread may ask.
 *
 * <p>A port is taken from 10000-19999: below the kernel's ephemeral range, so that no outgoing connection sits on a port between the moment
 * it is handed out and the moment a server binds it, nor while a server that was killed is away. The walk starts at a random place, so that
 * two JVMs seldom meet, and never comes back to a port: two fixtures of one JVM cannot get the same one.
 */
public final class Ports {
    private static final int FIRST = 10_000;
    private static final int COUNT = 10_000;
    private static final String LISTEN = "0A";
    private static final int START = ThreadLocalRandom.current().nextInt(COUNT);
    private static final AtomicInteger WALKED = new AtomicInteger();

    private Ports() {}

    /** A port that nothing listens on, on any local address, and that this method has not returned before. */
    public static int free() {
        int step;
        while ((step = WALKED.getAndIncrement()) < COUNT) {
            int port = FIRST + (START + step) % COUNT;
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException(
                "All ports of " + FIRST + "-" + (FIRST + COUNT - 1) + " were handed out or are in use");
    }

    /** Whether something listens on a port, on any address, asked of the kernel without connecting (proc(5), {@code /proc/net/tcp}). */
    static boolean isListening(int port) {
        String local = String.format(Locale.ROOT, ":%04X", port);
        return Stream.of("/proc/net/tcp", "/proc/net/tcp6").anyMatch(table -> lists(Path.of(table), local));
    }

    private static boolean lists(Path table, String local) {
        try (Stream<String> sockets = Files.lines(table)) {
            return sockets.map(line -> line.strip().split("\\s+", -1))
                    .anyMatch(column -> column[1].endsWith(local) && column[3].equals(LISTEN));
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1)) {
            return probe.isBound();
        } catch (IOException inUse) {
            return false;
        }
    }
}
