package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.redis.AnswerFilter;
import dev.hibiki.gateway.redis.ConnectionHandler;
import dev.hibiki.gateway.redis.RedisClients;
import dev.hibiki.gateway.redis.RedisFeed;
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
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Brings the entries of Redis Streams: every gateway reads every entry, from the last one that it has read. All state changes
 * on the thread of its {@link RedisLifeCycle}, which also hands the entries on. While that thread waits for slow loops it
 * asks for no more, and the stream itself is the buffer.
 *
 * <p>On each connection it asks for the newest entry of each stream, reads up to there, and from then on reads new entries.
 * The first connection begins with a replay of the end of each stream, every later one with the last entry read. So no entry
 * is lost that Redis still has, and a gap is reported where it has trimmed entries.
 */
final class StreamFeed implements RedisFeed {
    private static final Logger log = LoggerFactory.getLogger(StreamFeed.class);
    private static final long TICK_MS = 500;
    private static final int MAX_QUIET_TICKS = 6;
    private static final Duration PROBE_LIFETIME = Duration.ofMinutes(1);

    private final FollowedStreams streams;
    private final StreamReader reader;
    private final RedisProbe probe;
    private final boolean canProbe;
    private final RedisLifeCycle<StatefulRedisConnection<byte[], byte[]>> lifeCycle;
    /** That of the newest connection. */
    private volatile @Nullable AnswerFilter filter;

    private boolean caughtUp;
    /** True while a connection ends because of an entry that cannot be read. */
    private boolean renewing;
    /** True when the connection follows one that was given up, which was no outage. */
    private boolean renewed;
    /** True when no stream can be read, so that the next question waits for the next look at the connection. */
    private boolean idle;

    /** @param entries all of them keys that one Redis serves */
    StreamFeed(RedisClients clients, List<ChannelSpec> entries, StreamSettings settings, SourceContext context) {
        List<String> keys = entries.stream().map(ChannelSpec::name).toList();
        this.probe = new RedisProbe(clients, context, keys.get(0), new ProbeEntry());
        // One command reads the keys and the probes, and may not name keys of several slots.
        this.canProbe = clients.groups(List.of(keys.get(0), probe.name())).size() == 1;
        this.lifeCycle = new RedisLifeCycle<>(
                clients, clients.newFilteredClient(this::newFilter), keys, "cannot read from", new Reading());
        this.streams = new FollowedStreams(keys, context.ingest());
        this.reader = new StreamReader(streams, settings, context, probe, lifeCycle::isClosed);
    }

    private AnswerFilter newFilter() {
        AnswerFilter made = reader.newFilter();
        filter = made;
        return made;
    }

    @Override
    public void start() {
        lifeCycle.start();
    }

    private final class Reading implements ConnectionHandler<StatefulRedisConnection<byte[], byte[]>> {
        private long readsBefore;
        private int quietTicks;

        @Override
        public CompletionStage<StatefulRedisConnection<byte[], byte[]>> dial(RedisClient client, RedisURI node) {
            streams.readFrom(node);
            return client.connectAsync(ByteArrayCodec.INSTANCE, node);
        }

        @Override
        public void connected(ConnectionHandler.Link link, StatefulRedisConnection<byte[], byte[]> connection) {
            caughtUp = false;
            idle = false;
            reader.connected(connection.async());
            quietTicks = 0;
            watchAnswers(link);
            follow(link);
        }

        /** Ends the connection when no byte has come for a while, although there is a question. An answer may take long. */
        private void watchAnswers(ConnectionHandler.Link link) {
            AnswerFilter of = Objects.requireNonNull(filter);
            quietTicks = idle || of.reads() != readsBefore ? 0 : quietTicks + 1;
            readsBefore = of.reads();
            if (quietTicks > MAX_QUIET_TICKS) {
                link.fail(new IllegalStateException("it has sent nothing for more than "
                        + MAX_QUIET_TICKS * TICK_MS / 1_000 + " s, although it was asked"));
            } else {
                link.runLater(() -> watchAnswers(link), TICK_MS);
            }
        }

        /** Makes one round trip after the other; each begins when the entries of the last one are handed on. */
        private void follow(ConnectionHandler.Link link) {
            @Nullable CompletionStage<Runnable> answer = reader.ask();
            idle = answer == null;
            if (answer == null) {
                return;
            }
            link.require(answer.thenAccept(handling -> link.run(() -> handle(link, handling))));
        }

        private void handle(ConnectionHandler.Link link, Runnable handling) {
            handling.run();
            if (reader.hasGivenUp()) {
                renewing = true;
                reader.renewed();
                link.renew();
                return;
            }
            if (!caughtUp && reader.hasCaughtUp()) {
                caughtUp = true;
                log.atLevel(renewed ? Level.DEBUG : Level.INFO)
                        .log(
                                "Reading {} streams of Redis at {}",
                                streams.followed().size(),
                                link.ready("reading streams of"));
                if (canProbe) {
                    probe.begin(link, reader::askForProbes);
                }
            }
            follow(link);
        }

        /** Only the probe is needed: a read comes back after a while even without entries, or times out. */
        @Override
        public void watch(ConnectionHandler.Link link, StatefulRedisConnection<byte[], byte[]> connection) {
            probe.tick(link, reader.handedOn() + Objects.requireNonNull(filter).laterReads());
            if (idle) {
                follow(link);
            }
        }

        @Override
        public void ended() {
            probe.ended();
            if (!renewing) {
                reader.disconnected();
            }
            renewed = renewing;
            renewing = false;
        }
    }

    /** A probe is the only entry of a stream that does not outlive its gateway for long. */
    private static final class ProbeEntry implements RedisProbe.ProbePublisher {
        @Override
        public CompletionStage<?> publish(
                RedisClusterAsyncCommands<String, byte[]> commands, String name, byte[] payload) {
            // First, to find out whether it is allowed: a key that cannot expire must not be left there.
            return commands.pexpire(name, PROBE_LIFETIME)
                    .thenCompose(allowed -> commands.xadd(name, XAddArgs.Builder.maxlen(1), Map.of("data", payload)))
                    .thenCompose(id -> commands.pexpire(name, PROBE_LIFETIME));
        }

        @Override
        public String grants() {
            return '~' + RedisProbe.PREFIX + "* +xread +xadd +pexpire";
        }
    }

    @Override
    public SourceHealth health() {
        return streams.amend(probe.amend(lifeCycle.health()));
    }

    @Override
    public boolean isStarting() {
        return lifeCycle.isStarting();
    }

    @Override
    public void close() {
        lifeCycle.close();
    }
}
