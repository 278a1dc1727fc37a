package dev.hibiki.gateway.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.sentinel.api.StatefulRedisSentinelConnection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Asks Sentinels for the address of the master that they watch. Thread-safe.
 *
 * <p>Every Sentinel is asked. When more than half have answered, the answer of the newest configuration counts, as among the
 * Sentinels themselves: a Sentinel that was away, or is cut off from the others, may still name the old master. When fewer
 * can be reached, the newest of their answers counts.
 */
final class Sentinels {
    private final String master;
    private final RedisURI data;
    private final RedisClient client;
    private final PendingConnects attempts;
    private final List<Sentinel> sentinels;

    /**
     * @param data how to connect to the master, except host and port
     * @param client borrowed
     */
    Sentinels(String master, RedisURI data, List<RedisURI> sentinels, RedisClient client, PendingConnects attempts) {
        this.master = master;
        this.data = data;
        this.client = client;
        this.attempts = attempts;
        this.sentinels = sentinels.stream().map(Sentinel::new).toList();
    }

    private record Answer(long configEpoch, RedisURI master) {}

    /** One Sentinel and the connection to it, which is made for the first question, and again when it has ended. */
    private final class Sentinel {
        private final RedisURI uri;
        private @Nullable CompletableFuture<StatefulRedisSentinelConnection<String, String>> connected;

        private Sentinel(RedisURI uri) {
            this.uri = uri;
        }

        private CompletionStage<Answer> ask() {
            return connect().thenCompose(to -> to.async().master(master)).thenApply(Sentinels.this::answer);
        }

        private synchronized CompletionStage<StatefulRedisSentinelConnection<String, String>> connect() {
            if (connected == null || connected.isCompletedExceptionally()) {
                connected = attempts.begin(() -> client.connectSentinelAsync(StringCodec.UTF8, uri));
            } else if (connected.isDone() && !connected.join().isOpen()) {
                connected.join().closeAsync();
                connected = attempts.begin(() -> client.connectSentinelAsync(StringCodec.UTF8, uri));
            }
            return connected;
        }
    }

    private Answer answer(Map<String, String> fields) {
        RedisURI uri = RedisURI.builder(data)
                .withHost(fields.getOrDefault("ip", ""))
                .withPort(Integer.parseInt(fields.getOrDefault("port", "")))
                .build();
        return new Answer(Long.parseLong(fields.getOrDefault("config-epoch", "0")), uri);
    }

    /** Collects the answers to one question. */
    private final class Poll {
        private final CompletableFuture<RedisURI> result = new CompletableFuture<>();
        private @Nullable Answer newest;
        private int answers;
        private int failures;

        private synchronized void count(@Nullable Answer answer, @Nullable Throwable failure) {
            if (answer == null) {
                failures++;
            } else {
                answers++;
                newest = newest == null || answer.configEpoch() > newest.configEpoch() ? answer : newest;
            }
            boolean all = answers + failures == sentinels.size();
            if (newest != null && (all || 2 * answers > sentinels.size())) {
                result.complete(newest.master());
            } else if (all && failure != null) {
                result.completeExceptionally(
                        new IllegalStateException("no Sentinel tells where " + master + " is: " + reason(failure)));
            }
        }

        private static String reason(Throwable failure) {
            return RedisFailure.isOf(failure, "NOAUTH")
                    ? "it asks for a password, and the gateway sends Sentinels none, since the one in --redis is that of the"
                            + " master: leave requirepass out of sentinel.conf, or give the port of a Sentinel (NOAUTH)"
                    : RedisFailure.reason(failure);
        }
    }

    /** Asks all of them; fails when none can tell. */
    CompletionStage<RedisURI> locateMaster() {
        Poll poll = new Poll();
        for (Sentinel sentinel : sentinels) {
            sentinel.ask().whenComplete(poll::count);
        }
        return poll.result;
    }
}
