package dev.hibiki.testing;

import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Closes the fixtures that are still open when the JVM ends. Any thread may add and remove.
 *
 * <p>A build that is stopped with Ctrl-C runs no {@code finally}. One shutdown hook closes all fixtures, the last one first. So no
 * server is left, and the directory of a server is removed only after the server has ended.
 */
final class AtExit {
    private static final ConcurrentLinkedDeque<AutoCloseable> OPEN = new ConcurrentLinkedDeque<>();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(AtExit::closeAll, "close-fixtures"));
    }

    private AtExit() {}

    static void close(AutoCloseable fixture) {
        OPEN.addFirst(fixture);
    }

    /** Forgets a fixture that was closed in time. */
    static void forget(AutoCloseable fixture) {
        OPEN.removeFirstOccurrence(fixture);
    }

    private static void closeAll() {
        AutoCloseable fixture;
        while ((fixture = OPEN.pollFirst()) != null) {
            try {
                fixture.close();
            } catch (Exception e) {
                System.err.println("Closing " + fixture + " at exit failed: " + e);
            }
        }
    }
}
