package dev.hibiki.gateway.redis.stream;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients resume in several streams from one id. */
@ExtendWith(RedisExtension.class)
final class SeveralStreamsIT {
    private final RedisFixture redis;

    SeveralStreamsIT(RedisFixture redis) {
        this.redis = redis;
    }

    private void add(String stream, String id, int number) {
        // A null is no id, so that the event gets that of the entry.
        redis.cli("XADD", stream, id, "data", event("JP", number).replaceFirst("\"id\":\"e\\d+\"", "\"id\":null"));
    }

    private RunningGateway gateway() {
        return RunningGateway.startReady("--redis", redis.uri(), "--source", "streams", "--channel", "b,a");
    }

    private static WebSocketClient resume(RunningGateway gateway, String lastId) {
        return WebSocketClient.to(gateway.ws("/?last_id=" + lastId))
                .subprotocols("hibiki.v1")
                .connect();
    }

    @Test
    void shouldSendTheSecondOfTwoEntriesWithOneId() {
        try (RunningGateway gateway = gateway();
                WebSocketClient plain = gateway.connect("/")) {
            add("a", "2000-0", 1);
            add("b", "2000-0", 2);
            add("a", "3000-0", 3);
            gateway.awaitMetric("hibiki_events_in_total", 3);
            String first = plain.awaitText(PATIENCE);
            try (WebSocketClient client = resume(gateway, "2000-0")) {
                assertThat(client.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
                assertThat(client.awaitText(PATIENCE)).isEqualTo(first);
                assertThat(client.awaitText(PATIENCE)).isEqualTo(plain.awaitText(PATIENCE));
                assertThat(client.awaitText(PATIENCE)).isEqualTo(plain.awaitText(PATIENCE));
            }
        }
    }

    /** Gateways that read them together, or load them, have them in one order, whatever the order of their options. */
    @Test
    void shouldOrderLoadedEntriesWithOneIdByTheirKeys() {
        add("b", "1000-0", 0);
        add("b", "2000-0", 2);
        add("a", "2000-0", 1);
        redis.cli("XADD", "a", "3000-0", "data", event("JP", 3));
        try (RunningGateway gateway = gateway();
                WebSocketClient client = resume(gateway, "2000-0")) {
            assertThat(client.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
            assertThat(client.awaitText(PATIENCE)).contains("\"seq\":1,", "\"id\":\"2000-0\"");
            assertThat(client.awaitText(PATIENCE)).contains("\"seq\":2,", "\"id\":\"2000-0\"");
            assertThat(client.awaitText(PATIENCE)).contains("\"seq\":3,");
        }
    }

    /** A gateway that reads them live has them in the order of their arrival, one that loads them in that of their ids. */
    @Test
    void shouldSendAnEntryOfTheSameMillisecondThatCameLaterButStandsBefore() {
        add("a", "2000-0", 1);
        add("a", "2000-1", 2);
        add("b", "2000-0", 3);
        add("b", "3000-0", 4);
        try (RunningGateway gateway = gateway();
                WebSocketClient client = resume(gateway, "2000-1")) {
            assertThat(client.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
            List<String> texts = new ArrayList<>();
            while (texts.isEmpty() || !texts.get(texts.size() - 1).contains("\"seq\":4,")) {
                texts.add(client.awaitText(PATIENCE));
            }
            assertThat(texts).anyMatch(text -> text.contains("\"seq\":3,"));
        }
    }

    @Test
    void shouldTellAGapWhenTheOtherStreamHadEntriesThatWereNotLoaded() {
        add("a", "1000-0", 1);
        add("a", "2000-0", 2);
        add("b", "1500-0", 3);
        add("a", "3000-0", 4);
        add("b", "4000-0", 5);
        redis.cli("XTRIM", "a", "MAXLEN", "1");
        try (RunningGateway gateway = gateway();
                WebSocketClient before = resume(gateway, "1500-0");
                WebSocketClient after = resume(gateway, "3000-0")) {
            assertThat(before.awaitText(PATIENCE)).contains("\"resume\":\"gap\"");
            assertThat(before.awaitText(PATIENCE)).contains("\"id\":\"4000-0\"");
            assertThat(after.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
            assertThat(after.awaitText(PATIENCE)).contains("\"id\":\"4000-0\"");
            assertThat(gateway.metricSum("hibiki_gaps_total")).isZero();
        }
    }

    /** Publishes pairs with one id from a thread of its own, until it is closed. */
    private final class Pairs implements AutoCloseable {
        private static final int BEFORE = 200;

        private final AtomicInteger published = new AtomicInteger();
        private final Thread thread = new Thread(this::run, "pairs");
        private volatile boolean closed;

        Pairs() {
            thread.start();
            await(BEFORE);
        }

        private void run() {
            while (!closed) {
                int pair = published.get();
                String add = "redis.call('XADD', KEYS[1], ARGV[1], 'data', ARGV[2])"
                        + " redis.call('XADD', KEYS[2], ARGV[1], 'data', ARGV[3])";
                redis.cli(
                        "EVAL",
                        add,
                        "2",
                        "a",
                        "b",
                        id(pair),
                        Events.withoutId(2L * pair),
                        Events.withoutId(2L * pair + 1));
                published.incrementAndGet();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(3));
            }
        }

        static String id(int pair) {
            return 1_000 + pair + "-0";
        }

        void await(int pairs) {
            eventually().until(() -> published.get() >= pairs);
        }

        @Override
        public void close() {
            closed = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    @RepeatedTest(5)
    void shouldKeepTheOrderOfPairsThatComeWhileAGatewayStarts() {
        try (Pairs pairs = new Pairs();
                RunningGateway gateway =
                        RunningGateway.start("--redis", redis.uri(), "--source", "streams", "--channel", "b,a");
                WebSocketClient client = resume(gateway, Pairs.id(0))) {
            assertThat(client.awaitText(PATIENCE)).contains("\"resume\":\"ok\"");
            gateway.awaitReady();
            int end = pairs.published.get() + 100;
            pairs.await(end);
            List<Integer> got = new ArrayList<>();
            while (got.size() < 2 * end) {
                String text = client.awaitText(PATIENCE);
                got.add(Integer.parseInt(text.replaceFirst(".*\"seq\":(\\d+),.*", "$1")));
            }
            assertThat(got).isEqualTo(IntStream.range(0, 2 * end).boxed().toList());
        }
    }
}
