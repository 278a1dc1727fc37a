package dev.hibiki.testing;

import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Closes the fixtures that are still open when the JVM ends. Any thread may add and remove.
 *
 * <p>A test that is interrupted, or a build that is stopped with Ctrl-C, runs no {@code finally}. One shutdown hook for all fixtures, last
 * started first closed, leaves no server behind and removes a server's directory only after the server is gone.
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

    /** For a fixture that was closed in time. */
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
