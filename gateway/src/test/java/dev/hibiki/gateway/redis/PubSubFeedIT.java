package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.event.EventLimits;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.hub.ChannelProgress;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.LogLimits;
import dev.hibiki.gateway.hub.LogMemory;
import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.ProbeMonitor;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients wait until the feed has subscribed to all of its channels for the first time. */
@ExtendWith(RedisExtension.class)
final class PubSubFeedIT {
    private final RedisFixture redis;
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final ChannelTable channels = new ChannelTable(List.of("a", "b.*"));
    private final Hub hub = new Hub(
            channels,
            new WebSocketFormat(),
            LogLimits.retaining(1 << 20),
            new LogMemory(UnpooledByteBufAllocator.DEFAULT, Long.MAX_VALUE, Long.MAX_VALUE),
            List.of(),
            metrics::newLoopCounters);
    private RedisClients clients;
    private PubSubFeed feed;
    private ChannelProgress progress;

    PubSubFeedIT(RedisFixture redis) {
        this.redis = redis;
    }

    @BeforeEach
    void make() {
        redis.cli("ACL", "SETUSER", "app", "reset", "on", ">pw", "~*", "&*", "+@all");
        clients = new RedisClients(
                new RedisSettings(
                        RedisAddress.parse("redis://app:pw@127.0.0.1:" + redis.port()),
                        "hibiki",
                        false,
                        new RedisSettings.Tls(null, RedisSettings.Verify.NONE)),
                System::nanoTime);
        Ingest ingest = new Ingest(
                new EventParser(new EventLimits(1 << 16, 8), "region", new EventIds("e")),
                hub,
                metrics,
                System::nanoTime);
        List<ChannelSpec> entries = channels.entries();
        feed = new PubSubFeed(
                clients,
                entries,
                new SourceContext(
                        entries, ingest, new ProbeMonitor(0, metrics, returned -> {}), 1 << 20, System::nanoTime));
        progress = feed.newProgress();
    }

    @AfterEach
    void close() {
        feed.close();
        clients.close();
        hub.close();
        metrics.close();
    }

    private void awaitHealth(boolean ready) {
        eventually().untilAsserted(() -> assertThat(feed.health().ready()).isEqualTo(ready));
    }

    private void awaitDetail(String detail) {
        eventually().untilAsserted(() -> assertThat(feed.health().detail()).contains(detail));
    }

    @Test
    void shouldBeLoadedOnceItHasSubscribedAndForEver() {
        assertThat(progress.isLoaded()).isFalse();
        assertThat(progress.order()).isEqualTo(feed.newProgress().order());
        feed.start();
        awaitHealth(true);
        assertThat(progress.isLoaded()).isTrue();

        redis.kill();
        awaitHealth(false);
        assertThat(progress.isLoaded()).isTrue();
    }

    @Test
    void shouldNotBeLoadedWhileRedisRefusesOneOfItsChannels() {
        redis.cli("ACL", "SETUSER", "app", "resetchannels", "&a");
        feed.start();
        awaitDetail("NOPERM");
        assertThat(progress.isLoaded()).isFalse();

        redis.cli("ACL", "SETUSER", "app", "&b.*");
        awaitHealth(true);
        assertThat(progress.isLoaded()).isTrue();
    }
}
