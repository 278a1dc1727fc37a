package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.hub.log.LogLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A hub with three channels whose progress a test makes: a and b have a common order, c has its own. Confined to the thread of the test. */
abstract class ProgressScene {
    final TestHub test = new TestHub(1, LogLimits.retaining(1L << 30), "a", "b", "c");
    final TestSubscriber subscriber = new TestSubscriber();
    final List<String> told = new ArrayList<>();
    final JoinResult.Listener listener =
            (channels, start) -> told.add(channels + " " + start.resumed() + " " + start.lastId());

    final TestProgress a = new TestProgress("ab");
    final TestProgress b = new TestProgress("ab");
    final TestProgress c = new TestProgress("c");

    ProgressScene() {
        test.hub.follow(spec("a"), a);
        test.hub.follow(spec("b"), b);
        test.hub.follow(spec("c"), c);
    }

    ChannelSpec spec(String name) {
        return Objects.requireNonNull(test.hub.channels().owner(name));
    }

    @AfterEach
    void close() {
        subscriber.leave();
        test.close();
    }

    @Nullable JoinResult join(String channels, String... lastIds) {
        List<Topic> topics = channels.chars()
                .mapToObj(channel -> test.acquire(Character.toString(channel), null))
                .toList();
        Subscription subscription = subscriber.subscription;
        Subscription open = subscription == null ? subscriber.enter(test.shard(0)) : subscription;
        return test.shard(0).join(open, topics, List.of(lastIds), Long.MAX_VALUE, listener);
    }

    void publish(String channel, String... ids) {
        for (String id : ids) {
            test.publish(channel, id, null);
        }
        test.run();
    }

    void load(TestProgress... loaded) {
        for (TestProgress progress : loaded) {
            progress.loaded = true;
        }
        progressed();
    }

    void progressed() {
        test.hub.progressed();
        test.run();
        if (subscriber.subscription != null) {
            subscriber.readAll();
        }
    }
}
