package dev.hibiki.gateway.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.event.EventLimits;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.http.Router;
import dev.hibiki.gateway.http.TestClient;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.Publisher;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.runtime.Clocks;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DemoEndpointTest {
    private final AtomicLong nowNs = new AtomicLong(-1);
    private final List<String> published = new ArrayList<>();
    private final Publisher publisher = (owner, channel, events) -> {
        events.forEach(event -> published.add(channel + " " + new String(event.json(), StandardCharsets.UTF_8)));
        return CompletableFuture.completedFuture(List.of());
    };
    private TestClient client = client(new Source(publisher, true), "ch", "pat.*");

    /** A source that never brings an event. */
    private record Source(Publisher publisher, boolean isLocal) implements EventSource {
        @Override
        public void start() {}

        @Override
        public SourceHealth health() {
            return new SourceHealth(true, "");
        }

        @Override
        public String name() {
            return isLocal ? "in-process" : "elsewhere";
        }

        @Override
        public String publishCommand(String channel) {
            return "tell " + channel;
        }

        @Override
        public boolean isCommandPublic() {
            return isLocal;
        }

        @Override
        public void close() {}
    }

    private TestClient client(Source source, String... channels) {
        return client(source, true, channels);
    }

    private TestClient client(Source source, boolean open, String... channels) {
        EventParser parser = new EventParser(new EventLimits(4096, 4), "region", new EventIds("e"));
        DemoEndpoint demo = new DemoEndpoint(
                new ChannelTable(List.of(channels)),
                parser,
                source,
                open,
                new Clocks(nowNs::get, () -> 1_700_000_000_999L));
        return new TestClient(new Router().get("/demo", demo).on("/demo/publish", Set.of(HttpMethod.POST), demo));
    }

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void shouldTellThePageWhichChannelsExist() {
        TestClient.Answer answer = client.get("/demo");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body())
                .isEqualTo(
                        "{\"publish\":true,\"source\":\"in-process\",\"command\":\"tell ch\",\"channels\":[\"ch\",\"pat.*\"]}\n");
        assertThat(answer.header("cache-control")).isEqualTo("no-store");
    }

    @Test
    void shouldPublishASampleWithoutAnyInputOfTheCaller() {
        TestClient.Answer answer = client.post("/demo/publish", "{\"title\":\"<script>\"}");

        assertThat(answer.status()).isEqualTo(202);
        assertThat(published)
                .singleElement()
                .asString()
                .startsWith(
                        "ch {\"event\":\"new_trending\",\"region\":\"JP\",\"video_id\":\"sample-0\",\"title\":\"新しい動画")
                .endsWith(",\"ts\":1700000000,\"id\":\"e-1\"}")
                .doesNotContain("script");
    }

    @Test
    void shouldPublishNoFasterThanItsLimit() {
        assertThat(client.post("/demo/publish", "").status()).isEqualTo(202);
        nowNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(50) - 1);
        TestClient.Answer answer = client.post("/demo/publish", "");
        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.header("retry-after")).isEqualTo("1");
        nowNs.addAndGet(1);
        assertThat(client.post("/demo/publish", "").status()).isEqualTo(202);
        assertThat(client.post("/demo/publish", "").status()).isEqualTo(429);
        assertThat(published).hasSize(2);
    }

    @Test
    void shouldPublishToAChannelThatAPatternMatches() {
        try (TestClient patterns = client(new Source(publisher, true), "pat.*")) {
            assertThat(patterns.post("/demo/publish", "").status()).isEqualTo(202);
        }
        assertThat(published).singleElement().asString().startsWith("pat.example {");
    }

    @Test
    void shouldTellNoNamesWhereClientsNeedTokens() {
        try (TestClient closed = client(new Source(publisher, true), false, "secret-channel")) {
            assertThat(closed.get("/demo").body())
                    .isEqualTo("{\"publish\":true,\"source\":\"in-process\",\"channels\":[]}\n");
        }
    }

    /** The page is for everybody, and the events of such a source are for all its gateways. */
    @Test
    void shouldNeitherPublishToASourceElsewhereNorTellACommandThatIsNotPublic() {
        try (TestClient elsewhere = client(new Source(publisher, false), "ch")) {
            assertThat(elsewhere.post("/demo/publish", "").status()).isEqualTo(403);
            assertThat(elsewhere.get("/demo").body())
                    .isEqualTo("{\"publish\":false,\"source\":\"elsewhere\",\"channels\":[\"ch\"]}\n");
        }
        assertThat(published).isEmpty();
    }
}
