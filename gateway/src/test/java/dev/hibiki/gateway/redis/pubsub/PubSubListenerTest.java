package dev.hibiki.gateway.redis.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.redis.FeedFixture;
import dev.hibiki.gateway.support.Events;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PubSubListenerTest {
    private static final byte[] EVENT = Events.withoutId(1).getBytes(StandardCharsets.UTF_8);

    private final AtomicBoolean full = new AtomicBoolean();
    private final List<String> lost = new ArrayList<>();
    private final FeedFixture fixture = new FeedFixture("redis://127.0.0.1:1", List.of("news"), () -> {
        if (full.get()) {
            throw new OutOfMemoryError("no room");
        }
        return 0;
    });
    private final PubSubListener listener =
            new PubSubListener(fixture.context(1 << 20).ingest(), entry -> {}, lost::add, "probes", payload -> {});

    @AfterEach
    void close() {
        fixture.close();
    }

    /** Nothing comes behind the lost event before the gap is told. */
    @Test
    void shouldEndTheConnectionWhenThereIsNoMemoryForAnEvent() {
        listener.message("news", EVENT);
        assertThat(fixture.events()).isOne();
        full.set(true);
        listener.message("news", EVENT);
        full.set(false);
        listener.message("news", EVENT);

        assertThat(lost).containsExactly("an event of news could not be handed on: out of memory: no room");
        assertThat(fixture.events()).isOne();
    }
}
