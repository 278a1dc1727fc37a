package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The gateway and its clients stay while Redis is down, and go on when it is back. */
@ExtendWith(RedisExtension.class)
final class RedisLifeCycleIT {
    private static final String UP = "hibiki_source_up{source=\"redis-pubsub\"}";
    private static final String GAPS = "hibiki_gaps_total";
    private static final Pattern PINGS = Pattern.compile("cmdstat_ping:calls=(\\d+)");

    private final RedisFixture redis;

    RedisLifeCycleIT(RedisFixture redis) {
        this.redis = redis;
    }

    @Test
    void shouldStartWithoutRedisAndServeItsClientsOnceRedisIsUp() {
        redis.stop();
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.start("--redis", redis.uri());
                WebSocketClient client = gateway.connect("/")) {
            gateway.awaitNotReady("no Redis at 127.0.0.1:" + redis.port());
            assertThat(gateway.get("/healthz").statusCode()).isEqualTo(200);
            assertThat(gateway.metric(UP)).isZero();
            assertThat(log.linesWith("WARN"))
                    .as("one line for all attempts")
                    .hasSize(1)
                    .allMatch(line -> line.startsWith("WARN No connection yet to Redis at 127.0.0.1:" + redis.port()
                            + ": nothing accepts connections there"));

            redis.restart();
            gateway.awaitReady();
            assertThat(gateway.metric(UP)).isOne();
            assertThat(gateway.metricSum(GAPS)).isZero();
            assertThat(log.linesWith("INFO Subscribed to 1 channels")).hasSize(1);
            assertThat(log.linesWith("INFO Redis at 127.0.0.1:" + redis.port() + " answers after "))
                    .hasSize(1);
            redis.publish(CHANNEL, event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
        }
    }

    @Test
    void shouldResubscribeAfterACrashAndServeTheSameClients() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady(
                        "--redis", redis.uri(), "--channel", "news", "--channel", "sport", "--channel", "video:*");
                WebSocketClient client = gateway.connect("/")) {
            redis.publish("news", event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));

            redis.kill();
            gateway.awaitNotReady("no Redis at");
            assertThat(gateway.metricSum(GAPS)).isZero();
            redis.restart();
            gateway.awaitReady();
            for (String entry : List.of("news", "sport", "video:*")) {
                assertThat(gateway.metric(GAPS + "{channel=\"" + entry + "\"}")).isOne();
            }
            List<String> edges = log.lines().stream()
                    .filter(line -> line.contains("were lost") || line.contains("Subscribed"))
                    .toList();
            assertThat(edges)
                    .as("gap before the first event of the new subscription")
                    .hasSize(5);
            assertThat(edges.get(0)).contains("Subscribed");
            assertThat(edges.get(4)).contains("Subscribed");

            redis.publish("news", event("JP", 2));
            redis.publish("video:jp", event("JP", 3));
            redis.publish("sport", event("JP", 4));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 3));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 4));
            assertThat(log.linesWith("WARN Lost Redis")).hasSize(1);
            assertThat(log.linesWith("INFO Subscribed to 2 channels and 1 patterns"))
                    .hasSize(2);
        }
    }

    @Test
    void shouldReportOneGapHoweverOftenRedisRefusesTheSubscription() {
        redis.cli("ACL", "SETUSER", "app", "reset", "on", ">pw", "~*", "&*", "+@all");
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway =
                        RunningGateway.startReady("--redis", "redis://app:pw@127.0.0.1:" + redis.port())) {
            redis.cli("ACL", "LOG", "RESET");
            redis.cli("ACL", "SETUSER", "app", "resetchannels");
            redis.cli("CLIENT", "KILL", "USER", "app");
            gateway.awaitNotReady("no Redis at");
            eventually().untilAsserted(() -> assertThat(redis.cli("ACL", "LOG")).containsPattern("count\\n[3-9]"));
            assertThat(gateway.metricSum(GAPS)).isZero();

            redis.cli("ACL", "SETUSER", "app", "&*");
            gateway.awaitReady();
            assertThat(gateway.metricSum(GAPS)).isOne();
            assertThat(log.linesWith("were lost")).hasSize(1);
        }
    }

    @Test
    void shouldNoticeAFrozenRedisAndRecoverWhenItThaws() {
        try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri());
                WebSocketClient client = gateway.connect("/")) {
            redis.freeze();
            gateway.awaitNotReady("no Redis at");
            assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 1)).statusCode())
                    .isEqualTo(503);

            redis.thaw();
            gateway.awaitReady();
            awaitOneSubscriber();
            redis.publish(CHANNEL, event("JP", 2));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
        }
    }

    @Test
    void shouldReconnectWhenItsSubscriptionIsKilled() {
        try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri());
                WebSocketClient client = gateway.connect("/")) {
            String before = subscriberId();
            assertThat(redis.cli("CLIENT", "KILL", "ID", before)).isEqualTo("1");
            eventually()
                    .untilAsserted(() -> assertThat(subscriberId()).isNotBlank().isNotEqualTo(before));
            gateway.awaitReady();
            awaitOneSubscriber();

            redis.publish(CHANNEL, event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
        }
    }

    @Test
    void shouldKeepAnIdleSubscriptionWithPings() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri())) {
            String before = subscriberId();
            redis.cli("CONFIG", "RESETSTAT");
            eventually().untilAsserted(() -> assertThat(pingCalls()).isGreaterThanOrEqualTo(3));

            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);
            assertThat(subscriberId()).isEqualTo(before);
            assertThat(log.linesWith("Lost Redis")).isEmpty();
        }
    }

    @Test
    void shouldCloseAtOnceWhileItWaitsForRedis() {
        redis.stop();
        RunningGateway gateway = RunningGateway.start("--redis", redis.uri());
        gateway.awaitNotReady("no Redis at");
        gateway.close();
        redis.restart();
        assertThat(subscriberId()).isEmpty();
    }

    @Test
    void shouldCloseWithoutAWarningAndLeaveNoConnection() {
        try (LogCapture log = LogCapture.start()) {
            try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri())) {
                assertThat(gateway.post("/publish/" + CHANNEL, event("JP", 1)).statusCode())
                        .isEqualTo(202);
            }
            assertThat(log.lines()).noneMatch(line -> line.startsWith("WARN") || line.startsWith("ERROR"));
            eventually()
                    .untilAsserted(() -> assertThat(redis.cli("CLIENT", "LIST")).doesNotContain("name=hibiki"));
        }
    }

    private void awaitOneSubscriber() {
        eventually()
                .untilAsserted(
                        () -> assertThat(redis.cli("PUBSUB", "NUMSUB", CHANNEL)).isEqualTo(CHANNEL + "\n1"));
    }

    /** The id of the only subscribed connection; empty when there is none. */
    private String subscriberId() {
        String clients = redis.cli("CLIENT", "LIST", "TYPE", "pubsub").strip();
        assertThat(clients.lines().count()).isLessThan(2);
        return clients.replaceFirst("(?s)id=(\\d+) .*", "$1");
    }

    private int pingCalls() {
        Matcher matcher = PINGS.matcher(redis.cli("INFO", "commandstats"));
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    /** Throws at another place on each connection, as when there is no memory; the fourth connection works. */
    private static final class Failing implements ConnectionHandler<StatefulRedisConnection<String, byte[]>> {
        private final AtomicInteger connections = new AtomicInteger();
        private final AtomicInteger ends = new AtomicInteger();

        @Override
        public CompletionStage<StatefulRedisConnection<String, byte[]>> dial(RedisClient client, RedisURI node) {
            return client.connectAsync(RedisClients.CODEC, node);
        }

        @Override
        public void connected(ConnectionHandler.Link link, StatefulRedisConnection<String, byte[]> connection) {
            int number = connections.incrementAndGet();
            if (number == 1) {
                throw new OutOfMemoryError("in connected");
            }
            if (number == 2) {
                link.run(() -> {
                    throw new OutOfMemoryError("in a task");
                });
            }
            if (number == 4) {
                link.ready("using");
            }
        }

        @Override
        public void watch(ConnectionHandler.Link link, StatefulRedisConnection<String, byte[]> connection) {
            if (connections.get() == 3) {
                throw new IllegalStateException("in watch");
            }
        }

        @Override
        public void ended() {
            ends.incrementAndGet();
        }
    }

    @Test
    void shouldConnectAgainWhenTheUseOfAConnectionThrows() {
        Failing handler = new Failing();
        try (FeedFixture fixture = new FeedFixture(redis.uri(), List.of("news"), System::nanoTime);
                LogCapture log = LogCapture.start();
                RedisLifeCycle<StatefulRedisConnection<String, byte[]>> lifeCycle = new RedisLifeCycle<>(
                        fixture.clients(),
                        fixture.clients().newOneShotClient(),
                        List.of("news"),
                        "cannot use",
                        handler)) {
            lifeCycle.start();
            eventually().until(() -> lifeCycle.health().ready());
            assertThat(handler.connections).hasValue(4);
            assertThat(handler.ends).hasValue(3);
            assertThat(log.linesWith("WARN")).hasSize(3).allMatch(line -> line.contains("Redis at 127.0.0.1:"));
            assertThat(log.linesWith("WARN No connection yet to Redis"))
                    .singleElement()
                    .asString()
                    .contains("out of memory: in connected");
            assertThat(log.linesWith("There has been no connection to Redis"))
                    .hasSize(2)
                    .noneMatch(line -> line.contains("in connected"));
        }
    }
}
