package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.ProbePlan;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.redis.RedisClients;
import dev.hibiki.gateway.redis.RedisLifeCycle;
import dev.hibiki.gateway.redis.RedisProbe;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events from Redis Streams: every gateway reads every entry, from where it was. All its state changes on the thread of its
 * {@link RedisLifeCycle}, which also hands the entries on; while that waits for slow loops no more is asked for, and the
 * stream itself is the buffer.
 *
 * <p>On each connection it asks where the streams stand, reads until there, and from then on reads what comes. On the first
 * one the end of each stream is loaded before, on every later one it begins at the last entry read; so nothing is lost that
 * Redis still has, and of what it has no more the loss is told.
 */
public final class RedisStreamSource implements EventSource {
    private static final Logger log = LoggerFactory.getLogger(RedisStreamSource.class);
    private static final Duration KEPT = Duration.ofMinutes(1);

    private final StreamReader reader;
    private final RedisProbe canary;
    private final boolean canaryFits;
    private final int streams;
    private final RedisLifeCycle<StatefulRedisConnection<byte[], byte[]>> lifeCycle;
    private boolean caughtUp;

    /** @param entries keys that one Redis serves all of them */
    public RedisStreamSource(
            RedisClients clients,
            List<ChannelSpec> entries,
            GatewayConfig.Source settings,
            Ingest ingest,
            ProbePlan plan) {
        List<String> keys = entries.stream().map(ChannelSpec::name).toList();
        this.streams = keys.size();
        this.canary = new RedisProbe(clients, plan, keys.get(0), new Added());
        // A command may not name keys of several slots.
        this.canaryFits = clients.groups(List.of(keys.get(0), canary.name())).size() == 1;
        this.lifeCycle = new RedisLifeCycle<>(
                clients, clients.newOneShotClient(), keys.get(0), "cannot read from", new Reading());
        this.reader = new StreamReader(keys, settings, ingest, canary, lifeCycle::isClosed);
    }

    @Override
    public void start() {
        lifeCycle.start();
    }

    private final class Reading implements RedisLifeCycle.User<StatefulRedisConnection<byte[], byte[]>> {
        @Override
        public CompletionStage<StatefulRedisConnection<byte[], byte[]>> dial(RedisClient client, RedisURI node) {
            return client.connectAsync(ByteArrayCodec.INSTANCE, node);
        }

        @Override
        public void connected(RedisLifeCycle.Link link, StatefulRedisConnection<byte[], byte[]> connection) {
            caughtUp = false;
            reader.connected(connection.async());
            follow(link);
        }

        /** One round trip after the other, each begun when what the last one brought is handed on. */
        private void follow(RedisLifeCycle.Link link) {
            CompletionStage<Runnable> answer;
            try {
                answer = reader.ask();
            } catch (RuntimeException e) {
                link.fail(e);
                return;
            }
            link.require(answer);
            answer.thenAccept(handling -> link.run(() -> handle(link, handling)));
        }

        private void handle(RedisLifeCycle.Link link, Runnable handling) {
            try {
                handling.run();
            } catch (RuntimeException e) {
                link.fail(e);
                return;
            }
            if (!caughtUp && reader.hasCaughtUp()) {
                caughtUp = true;
                log.info("Reading {} streams of Redis at {}", streams, link.ready("reading streams of"));
                if (canaryFits) {
                    canary.begin(link, reader::askForCanaries);
                }
            }
            follow(link);
        }

        /** A read comes back after a while even when there is nothing, or times out. The canary tells whether it is right. */
        @Override
        public void watch(RedisLifeCycle.Link link, StatefulRedisConnection<byte[], byte[]> connection) {
            canary.tick(link, reader.handedOn());
        }

        @Override
        public void ended() {
            canary.ended();
            reader.disconnected();
        }
    }

    /** How a canary goes: to a stream of one entry that does not outlive its gateway for long. */
    private static final class Added implements RedisProbe.Way {
        @Override
        public CompletionStage<?> publish(
                RedisClusterAsyncCommands<String, byte[]> commands, String name, byte[] payload) {
            // First, to see whether it may: what cannot be taken away is not left there.
            return commands.pexpire(name, KEPT)
                    .thenCompose(may -> commands.xadd(name, XAddArgs.Builder.maxlen(1), Map.of("data", payload)))
                    .thenCompose(id -> commands.pexpire(name, KEPT));
        }

        @Override
        public String grants() {
            return '~' + ProbePlan.PREFIX + "* +xread +xadd +pexpire";
        }
    }

    @Override
    public SourceHealth state() {
        return canary.amend(lifeCycle.state());
    }

    @Override
    public String name() {
        return "redis-streams";
    }

    /** Waits for the event that is just being handed on. */
    @Override
    public void close() {
        lifeCycle.close();
    }
}
