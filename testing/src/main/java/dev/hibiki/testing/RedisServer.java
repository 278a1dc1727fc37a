package dev.hibiki.testing;

import java.util.List;
import java.util.function.BooleanSupplier;

/** A Redis process or container that can be stopped and started again on the same port. Confined to its fixture. */
sealed interface RedisServer permits LocalRedis, DockerRedis {
    /** The arguments of a Redis without persistence, which is empty after a restart. */
    List<String> NO_PERSISTENCE = List.of("--save", "", "--appendonly", "no");

    /** Starts it, or starts it again after {@link #stop} or {@link #kill}; not yet ready for commands. */
    void start();

    /** Waits until {@code ready} holds; shows the output of the server if it fails. */
    void awaitReady(BooleanSupplier ready);

    /** Ends it in order. */
    void stop();

    /** Kills it, frozen or not. */
    void kill();

    /** Suspends it with its connections open. */
    void freeze();

    void thaw();

    /** Ends it and removes its files. */
    void close();
}
