package dev.hibiki.gateway.redis;

import io.lettuce.core.SetArgs;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The marks that gateways leave in Redis when they have sent their clients away. Pub/Sub has no past to load: a client that
 * comes back to a gateway that has just started is told a gap, and at another gateway it misses nothing. So a gateway that
 * starts while such a mark lives lets the clients go to another one first. Thread-safe.
 *
 * <p>The commands are optional. When Redis refuses one, a line of the log says so, and nothing waits.
 */
public final class DrainMarks {
    /** Keys with this prefix are marks. */
    static final String PREFIX = "hibiki:drained:";

    private static final Logger log = LoggerFactory.getLogger(DrainMarks.class);
    private static final byte[] VALUE = "1".getBytes(StandardCharsets.US_ASCII);

    private final RedisClients clients;
    private final AtomicBoolean failureLogged = new AtomicBoolean();

    public DrainMarks(RedisClients clients) {
        this.clients = clients;
    }

    /** Returns the key of the mark beside this channel; in a cluster it is in the slot of the channel. */
    static String keyBeside(String anchor) {
        return PREFIX + RedisProbe.tag(anchor);
    }

    /**
     * Leaves a mark. The result never fails.
     *
     * @param anchor a channel that the same Redis serves, the same one on all gateways
     * @param lifeMs how long the mark lives
     */
    public CompletionStage<?> leave(String anchor, int lifeMs) {
        String key = keyBeside(anchor);
        return clients.commands(key)
                .thenCompose(commands -> commands.set(key, VALUE, SetArgs.Builder.px(lifeMs)))
                .handle((done, failure) -> failure == null ? done : onFailure(key, failure));
    }

    /**
     * Asks for how many milliseconds the clients of a gateway may still be on their way to another one; 0 when there is no
     * mark, no other gateway, or no answer. The result never fails.
     *
     * @param anchor the channel beside which the mark is
     * @param channel subscribed by each gateway, and by this one already
     */
    public CompletionStage<Long> remainingMs(String anchor, String channel) {
        String key = keyBeside(anchor);
        return clients.commands(key)
                .thenCompose(commands -> commands.pttl(key))
                .thenCompose(lifeMs -> lifeMs > 0
                        ? clients.commands(anchor)
                                .thenCompose(commands -> subscribers(commands, channel))
                                .thenApply(gateways -> gateways > 1 ? lifeMs : 0L)
                        : CompletableFuture.completedFuture(0L))
                .exceptionally(failure -> onFailure(key, failure));
    }

    private CompletionStage<Long> subscribers(RedisClusterAsyncCommands<String, byte[]> commands, String channel) {
        CompletionStage<Map<String, Long>> counts =
                clients.isSharded() ? commands.pubsubShardNumsub(channel) : commands.pubsubNumsub(channel);
        return counts.thenApply(count -> count.getOrDefault(channel, 0L));
    }

    /** Logs the first failure only: the next one says nothing new. */
    private long onFailure(String key, Throwable failure) {
        clients.locate(key); // Another Redis may serve it by now.
        String reason = RedisFailure.reason(failure);
        if (failureLogged.getAndSet(true)) {
            log.debug("No mark at {}: {}", key, reason);
        } else if (reason.startsWith("NOPERM")) {
            log.warn(
                    "Clients may be told a gap in a rolling restart, since Redis refuses {}: {}. Grant its user ~{}* +set +pttl {}",
                    key,
                    reason,
                    PREFIX,
                    clients.isSharded() ? "+pubsub|shardnumsub" : "+pubsub|numsub");
        } else {
            log.info("Clients may be told a gap in a rolling restart, since Redis does not serve {}: {}", key, reason);
        }
        return 0;
    }
}
