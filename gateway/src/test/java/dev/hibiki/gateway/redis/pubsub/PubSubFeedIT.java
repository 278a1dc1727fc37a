package dev.hibiki.gateway.redis.pubsub;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.ChannelProgress;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.redis.DrainMarks;
import dev.hibiki.gateway.redis.FeedFixture;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients of a channel wait until the feed has subscribed to it for the first time. */
@ExtendWith(RedisExtension.class)
final class PubSubFeedIT {
    private final RedisFixture redis;
    private FeedFixture fixture;
    private PubSubFeed feed;
    private ChannelProgress progress;

    PubSubFeedIT(RedisFixture redis) {
        this.redis = redis;
    }

    @BeforeEach
    void make() {
        redis.cli("ACL", "SETUSER", "app", "reset", "on", ">pw", "~*", "&*", "+@all");
        fixture = new FeedFixture("redis://app:pw@127.0.0.1:" + redis.port(), List.of("a", "b.*"), System::nanoTime);
        SourceContext context = fixture.context(1 << 20);
        feed = new PubSubFeed(fixture.clients(), context.channels(), context, new DrainMarks(fixture.clients()));
        progress = feed.progress("a");
    }

    @AfterEach
    void close() {
        feed.close();
        fixture.close();
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
        assertThat(progress.order()).isEqualTo(feed.progress("b.*").order());
        feed.start();
        awaitHealth(true);
        assertThat(progress.isLoaded()).isTrue();

        redis.kill();
        awaitHealth(false);
        assertThat(progress.isLoaded()).isTrue();
    }

    @Test
    void shouldLetClientsWaitOnlyForTheChannelThatRedisRefuses() {
        redis.cli("ACL", "SETUSER", "app", "resetchannels", "&a");
        feed.start();
        awaitHealth(true);
        assertThat(progress.isLoaded()).isTrue();
        assertThat(feed.progress("b.*").isLoaded()).isFalse();

        redis.cli("ACL", "SETUSER", "app", "&b.*");
        eventually().until(feed.progress("b.*")::isLoaded);
        eventually().until(() -> feed.health().unreadable().isEmpty());
    }

    @Test
    void shouldNotBeReadyWhileRedisRefusesAllChannels() {
        redis.cli("ACL", "SETUSER", "app", "resetchannels");
        feed.start();
        awaitDetail("none of 2 channels can be read, \"a\" for: NOPERM");
        assertThat(feed.health().ready()).isFalse();
        assertThat(progress.isLoaded()).isFalse();

        redis.cli("ACL", "SETUSER", "app", "&*");
        awaitHealth(true);
        assertThat(progress.isLoaded()).isTrue();
    }
}
