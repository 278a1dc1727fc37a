package dev.hibiki.gateway.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.event.EventLimits;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.hub.FailingAllocator;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.inprocess.InProcessBroker;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.wire.WebSocketFormat;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IngestTest {
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final FailingAllocator allocator = new FailingAllocator();
    private long nowNs;
    private final Hub hub = new Hub(
            new ChannelTable(List.of("ch", "news.*", "*.jp")),
            new WebSocketFormat(),
            LogLimits.retaining(1 << 20),
            new LogMemory(allocator, Long.MAX_VALUE, Long.MAX_VALUE),
            List.of(),
            metrics::newLoopCounters);
    private final Ingest ingest =
            new Ingest(new EventParser(new EventLimits(64, 3), "region", "", null), hub, metrics, () -> nowNs);

    @AfterEach
    void close() {
        hub.close();
        metrics.close();
    }

    private void accept(String entry, String channel, String payload) {
        ingest.accept(entry, channel, payload.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void shouldCountAcceptedEvents() {
        accept("ch", "ch", "{}");
        accept("ch", "ch", "{\"\\ud800\":\"\\ud800\"}");

        assertThat(hub.topicCount()).isEqualTo(1);
        assertThat(metrics.scrape())
                .contains("hibiki_events_in_total 2.0")
                .contains("hibiki_events_replaced_surrogates_total 2.0")
                .contains("hibiki_encode_seconds_count 2");
    }

    /** All of them show that the publisher reaches this gateway. */
    @Test
    void shouldCountWhatComesThroughAnEntry() {
        assertThat(ingest.arrivals("ch")).isZero();
        accept("ch", "ch", "{}");
        accept("ch", "ch", "no JSON");
        ingest.leftOut("ch", "ch", 9);
        ingest.gap("ch", -1);

        assertThat(ingest.arrivals("ch")).isEqualTo(4);
        assertThat(ingest.arrivals("news.*")).isZero();
    }

    @Test
    void shouldCountTheIdsThatItReplaces() {
        accept("ch", "ch", "{\"id\":\"\"}");
        accept("ch", "ch", "{\"id\":[1]}");
        accept("ch", "ch", "{\"id\":null}");
        accept("ch", "ch", "{\"id\":7.0}");

        assertThat(metrics.scrape())
                .contains("hibiki_events_in_total 4.0")
                .contains("hibiki_events_replaced_ids_total 2.0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "not_json | {\"a\":",
                "not_object | [1]",
                "too_large | {\"a\":\"0123456789012345678901234567890123456789012345678901234567890\"}",
                "too_deep | {\"a\":[[[]]]}",
                "invalid_utf8 | {\"a\":\"\u00ff\"}",
                "reserved_key | {\"$\":1}"
            })
    void shouldCountRejectedEventsByReasonAndGoOn(String reason, String payload) {
        for (int i = 0; i < 20; i++) {
            accept("ch", "ch", payload);
        }
        accept("ch", "ch", "{}");

        assertThat(metrics.scrape())
                .contains("hibiki_events_rejected_total{channel=\"ch\",reason=\"" + reason + "\"} 20.0")
                .contains("hibiki_events_in_total 1.0");
    }

    @Test
    void shouldAcceptAnEventThatMatchesSeveralEntriesOnlyFromItsOwner() {
        accept("news.*", "news.jp", "{}");
        accept("*.jp", "news.jp", "{}");
        accept("*.jp", "sport.jp", "{}");
        accept("ch", "unknown", "{}");

        assertThat(metrics.scrape())
                .contains("hibiki_events_in_total 2.0")
                .contains("hibiki_events_ignored_total{reason=\"overlapping_pattern\"} 1.0")
                .contains("hibiki_events_ignored_total{reason=\"unknown_channel\"} 1.0");
    }

    /** Neither a source nor its connection has to do anything. */
    @Test
    void shouldCountAndTellAnEventWithoutMemoryAndGoOn() {
        accept("ch", "ch", "{\"id\":\"1\"}");
        assertThat(ingest.failure()).isNull();
        allocator.failsDirect = true;
        accept("ch", "ch", "{\"id\":\"2\",\"region\":\"JP\"}"); // A new topic needs a segment.
        assertThat(ingest.failure()).contains("events are lost because there is no memory: as asked by the test");
        allocator.failsDirect = false;
        accept("ch", "ch", "{\"id\":\"3\"}");

        assertThat(metrics.scrape()).contains("hibiki_events_in_total 2.0").contains("hibiki_events_lost_total 1.0");
        nowNs += TimeUnit.SECONDS.toNanos(6);
        assertThat(ingest.failure()).isNull();
    }

    @Test
    void shouldTellThePublisherWhichEventWasLost() throws Exception {
        InProcessBroker broker = new InProcessBroker(ingest);
        EventParser parser = new EventParser(new EventLimits(64, 3), "region", new EventIds("e"));
        accept("ch", "ch", "{}");
        allocator.failsDirect = true;

        var published = broker.publish(
                Objects.requireNonNull(hub.channels().owner("ch")),
                "ch",
                parser.parseBatch(
                        "[{\"id\":1},{\"id\":2,\"region\":\"JP\"},{\"id\":3}]".getBytes(StandardCharsets.UTF_8)));

        assertThatThrownBy(() -> published.toCompletableFuture().get())
                .cause()
                .isInstanceOfSatisfying(
                        PublishFailedException.class,
                        failure -> assertThat(failure.published()).containsExactly("1"));
    }

    @Test
    void shouldAcceptEventsFromTheInProcessBroker() throws Exception {
        InProcessBroker broker = new InProcessBroker(ingest);
        EventParser parser = new EventParser(new EventLimits(64, 3), "region", new EventIds("e"));

        broker.publish(
                        Objects.requireNonNull(hub.channels().owner("news.kr")),
                        "news.kr",
                        parser.parseBatch("[{},{\"region\":\"KR\"}]".getBytes(StandardCharsets.UTF_8)))
                .toCompletableFuture()
                .get();

        assertThat(broker.health().ready()).isTrue();
        assertThat(broker.name()).isEqualTo("in-process");
        assertThat(hub.topicCount()).isEqualTo(4);
        assertThat(metrics.scrape()).contains("hibiki_events_in_total 2.0");
    }
}
