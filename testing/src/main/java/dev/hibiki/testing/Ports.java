package dev.hibiki.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * Hands out free TCP ports. Any thread may call.
 *
 * <p>The ports are 10000-19999, below the kernel's ephemeral range. So no outgoing connection takes a port before its server binds it, or while
 * the server restarts. No port is handed out twice, not even by two JVMs: each JVM claims a block of ports by listening on the first one until
 * it ends.
 */
public final class Ports {
    private static final int FIRST = 10_000;
    private static final int BLOCK = 100;
    private static final int BLOCKS = 100;
    private static final String LISTEN = "0A";

    private static final int START = ThreadLocalRandom.current().nextInt(BLOCKS);
    /** Keeps the sockets from being collected and closed. */
    private static final List<ServerSocket> CLAIMS = new ArrayList<>();

    private static int blocksTried;
    /** The next port of the block that was claimed last, and the end of that block. */
    private static int next;

    private static int end;

    private Ports() {}

    /** A port that nothing listens on, on any local address, and that this method has not returned before. */
    public static synchronized int free() {
        while (true) {
            if (next == end) {
                claimBlock();
            }
            int port = next++;
            if (isFree(port)) {
                return port;
            }
        }
    }

    private static void claimBlock() {
        while (blocksTried < BLOCKS) {
            int first = FIRST + (START + blocksTried++) % BLOCKS * BLOCK;
            try {
                CLAIMS.add(new ServerSocket(first, 1, InetAddress.getLoopbackAddress()));
                next = first + 1;
                end = first + BLOCK;
                return;
            } catch (IOException claimedByAnother) {
                // Another JVM has this block: try the next one.
            }
        }
        throw new IllegalStateException(
                "All ports of " + FIRST + "-" + (FIRST + BLOCKS * BLOCK - 1) + " were handed out or are in use");
    }

    /** Whether something listens on a port of any address, according to the kernel and without a connection (proc(5), {@code /proc/net/tcp}). */
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
