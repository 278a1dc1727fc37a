package dev.hibiki.gateway.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import java.util.concurrent.CompletionStage;

/** Uses the connections of a feed. Called on the thread of its {@link RedisLifeCycle}. */
public interface ConnectionHandler<C extends StatefulConnection<?, ?>> {
    /** Connects. */
    CompletionStage<C> dial(RedisClient client, RedisURI node);

    /** Begins to use a new connection. */
    void connected(Link link, C connection);

    /** Checks whether the connection still lives; called every two seconds. */
    void watch(Link link, C connection);

    /** Stops using the connection, if there was one. */
    void ended();

    /** One connection, as the handler sees it. Thread-safe except {@link #ready}. */
    interface Link {
        /** Runs the task on the life cycle's thread, unless the connection has ended by then. It ends if the task throws. */
        default void run(Runnable task) {
            runLater(task, 0);
        }

        /** As {@link #run}, after a delay. */
        void runLater(Runnable task, long delayMs);

        /** Ends the connection. */
        void fail(Throwable failure);

        /** Ends the connection, and begins another at once. This is no outage. Called on the life cycle's thread. */
        void renew();

        /** Ends the connection if the stage fails. */
        default void require(CompletionStage<?> stage) {
            stage.whenComplete((done, failure) -> {
                if (failure != null) {
                    fail(failure);
                }
            });
        }

        /**
         * Ends the outage: events come now. Called on the life cycle's thread.
         *
         * @param doing the words for the health, before the address of Redis
         * @return the address of this Redis
         */
        String ready(String doing);
    }
}
