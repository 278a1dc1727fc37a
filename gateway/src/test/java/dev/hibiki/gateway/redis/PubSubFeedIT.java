package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.ChannelProgress;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients wait until the feed has subscribed to all of its channels for the first time. */
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
        progress = feed.newProgress();
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
