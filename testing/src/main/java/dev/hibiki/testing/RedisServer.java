package dev.hibiki.testing;

import java.util.List;
import java.util.function.BooleanSupplier;

/** One Redis that can be ended and started again on the same port, whatever it runs in. Confined to its fixture. */
sealed interface RedisServer permits LocalRedis, DockerRedis {
    /** What a fixture's Redis keeps: nothing. A restarted one is empty. */
    List<String> NO_PERSISTENCE = List.of("--save", "", "--appendonly", "no");

    /** Starts it, or starts it again after {@link #stop} or {@link #kill}; not yet ready for commands. */
    void start();

    /** Waits until {@code ready}; when the server fails instead, shows its output. */
    void awaitReady(BooleanSupplier ready);

    /** Ends it as an administrator would. */
    void stop();

    /** Ends it as a power cut would, frozen or not. */
    void kill();

    /** Stops it from running, its connections still open. */
    void freeze();

    void thaw();

    /** Ends it and removes all that it left. */
    void close();
}
