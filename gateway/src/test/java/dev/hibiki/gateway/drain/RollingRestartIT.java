package dev.hibiki.gateway.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.drain.RestartTimes.Phase;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.gateway.support.ProductionProxy;
import dev.hibiki.testing.LongRun;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.SwarmReport;
import dev.hibiki.testing.WebSocketSwarm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two gateways restart one after the other behind HAProxy while numbered events are published. Every client comes back and
 * gets every number of its region once and in order, and no gateway admits more clients than its budget allows.
 *
 * <p>Among the other tests it is short. The long form has 10,000 clients, and prints a table of what they saw. It needs two
 * HAProxies, because a process may open 20,000 files here. The JVM of the clients rarely collects garbage, compiles little
 * and uses BoringSSL, so that it disturbs the gateways less. The warm-up takes the gateways beyond the first segment of
 * their logs: {@code scripts/check RollingRestartIT -Dhibiki.restart.clients=10000
 * -Dhibiki.restart.proxies=2 -Dhibiki.restart.rate=200 -Dhibiki.restart.regions=500 -Dhibiki.restart.drain=25
 * -Dhibiki.restart.budget=100 -Dhibiki.restart.warm-up.s=180 -Dhibiki.restart.calm.s=30 -Dhibiki.restart.script=true -Dhibiki.restart.report=true
 * -Dtest.timeout.s=3600 '-Dtest.jvm.args=-XX:TieredStopAtLevel=1 -Xms10g -Xmn8g'}.
 */
@ExtendWith(RedisExtension.class)
@Timeout(value = 1, unit = TimeUnit.HOURS)
final class RollingRestartIT {
    private static final int CLIENTS = LongRun.setting("hibiki.restart.clients", 150, 3000);
    private static final int PROXIES = Integer.getInteger("hibiki.restart.proxies", 1);
    private static final int RATE = Integer.getInteger("hibiki.restart.rate", 100);
    /** How many regions there are; each event is for one. */
    private static final int REGIONS = Integer.getInteger("hibiki.restart.regions", 10);

    /** Whether gateways start by {@code scripts/run}, on the newest Java and from an archive. */
    private static final boolean SCRIPT = Boolean.getBoolean("hibiki.restart.script");

    private static final int DRAIN_RATE = Integer.getInteger("hibiki.restart.drain", 150);
    private static final int BUDGET = Integer.getInteger("hibiki.restart.budget", 50);
    /** The pause between two phases. */
    private static final Duration CALM = Duration.ofSeconds(LongRun.setting("hibiki.restart.calm.s", 1, 10));
    /** The pause before the first phase. */
    private static final Duration WARM_UP = Duration.ofSeconds(Integer.getInteger("hibiki.restart.warm-up.s", 1));

    private static final int CLIENTS_PER_ADDRESS = 50;
    private static final int LOOPS = 2;
    private static final Duration ALLOWED = Duration.ofSeconds(60 + 2 * CLIENTS / DRAIN_RATE);

    private final RestartTimes.Clock clock = new RestartTimes.Clock();
    private final List<ReturningClient> clients = IntStream.range(0, CLIENTS)
            .mapToObj(client ->
                    new ReturningClient("region=" + RegionPublisher.region(region(client)), new RestartTimes(clock)))
            .toList();
    private final List<WebSocketSwarm> swarms = new ArrayList<>();
    private final List<ProductionProxy> proxies = new ArrayList<>();

    @TempDir
    private Path folder;

    @Test
    void shouldBringEveryClientBackAndLoseNothing(RedisFixture redis) throws Exception {
        GatewayProcess.Launch second = gateway(redis);
        GatewayProcess one = gateway(redis).with("--drain-peer", second.admin()).start();
        GatewayProcess two = second.with("--drain-peer", one.admin("")).start();
        try (HandshakeWatch watch = new HandshakeWatch(List.of(one.admin("/metrics"), two.admin("/metrics")), 500)) {
            connectAll(one, two);
            try (RegionPublisher publisher = new RegionPublisher(redis.uri(), REGIONS, RATE)) {
                awaitAllUpTo(publisher, 5L * REGIONS);
                rest(WARM_UP);
                clock.enter(Phase.BEFORE);
                rest(CALM);
                clock.enter(Phase.FIRST_RESTART);
                one = restarted(redis, one, two);
                awaitAllUpTo(publisher, publisher.published());
                clock.enter(Phase.BETWEEN);
                rest(CALM);
                clock.enter(Phase.SECOND_RESTART);
                two = restarted(redis, two, one);
                awaitAllUpTo(publisher, publisher.published());
                clock.enter(Phase.AFTER);
                rest(CALM);
                publisher.finish();
                awaitAllUpTo(publisher, publisher.published());
                check(publisher, watch);
            }
        } finally {
            swarms.forEach(WebSocketSwarm::close);
            proxies.forEach(ProductionProxy::close);
            one.close();
            two.close();
        }
    }

    private static GatewayProcess.Launch gateway(RedisFixture redis) {
        GatewayProcess.Launch command = SCRIPT ? GatewayProcess.script() : GatewayProcess.jar();
        return command.with("--redis", redis.uri(), "--source", "streams", "--trusted-proxy", "127.0.0.1")
                .with("--event-loops", "" + LOOPS)
                .with("--handshake-rate", "" + BUDGET)
                .with("--drain-delay-ms", "4000", "--drain-rate", "" + DRAIN_RATE)
                .with("--drain-deadline-ms", "" + ALLOWED.toMillis());
    }

    private static GatewayProcess restarted(RedisFixture redis, GatewayProcess gateway, GatewayProcess other)
            throws IOException {
        gateway.terminate();
        assertThat(gateway.awaitExit(ALLOWED)).isZero();
        gateway.close();
        return gateway(redis)
                .with("--drain-peer", other.admin(""))
                .after(gateway)
                .start();
    }

    private static int region(int client) {
        return client % REGIONS;
    }

    /** Each proxy knows both gateways; each client connects through one proxy. */
    private void connectAll(GatewayProcess one, GatewayProcess two) throws IOException {
        for (int i = 0; i < PROXIES; i++) {
            ProductionProxy proxy = new ProductionProxy(Files.createDirectory(folder.resolve("proxy" + i)))
                    .gateway("ONE", one.port(), one.adminPort())
                    .gateway("TWO", two.port(), two.adminPort())
                    .with("HIBIKI_MAXCONN", CLIENTS / PROXIES * 11 / 10 + 100);
            proxies.add(proxy);
            int first = CLIENTS / PROXIES * i;
            swarms.add(proxy.start()
                    .swarm()
                    .header("Sec-WebSocket-Protocol", "hibiki.v1")
                    .from(client -> address((first + client) / CLIENTS_PER_ADDRESS))
                    .target(client -> clients.get(first + client).target())
                    .sequence(Events::sequence)
                    .observer(client -> clients.get(first + client))
                    .returning(client -> clients.get(first + client))
                    .start(CLIENTS / PROXIES));
        }
        eventually().until(() -> swarms.stream().mapToInt(WebSocketSwarm::open).sum() == CLIENTS);
    }

    private static String address(int number) {
        return "127.1." + number / 250 + "." + (1 + number % 250);
    }

    private static void rest(Duration length) {
        LockSupport.parkNanos(length.toNanos());
    }

    private static ConditionFactory eventually() {
        return await().atMost(ALLOWED).pollInterval(Duration.ofMillis(200));
    }

    /** Waits until all clients are connected and have every event of their region up to this one. */
    private void awaitAllUpTo(RegionPublisher publisher, long published) {
        eventually().until(() -> publisher.published() >= published);
        eventually()
                .until(() -> swarms.stream().mapToInt(WebSocketSwarm::open).sum() == CLIENTS
                        && clientsBehind(published).isEmpty());
    }

    private List<SwarmReport> clientsBehind(long published) {
        List<SwarmReport> reports = reports();
        return IntStream.range(0, CLIENTS)
                .filter(client -> reports.get(client).lastSequence() + 1
                        < RegionPublisher.ofRegion(region(client), REGIONS, published))
                .mapToObj(reports::get)
                .toList();
    }

    /** The reports of all clients, by their number. */
    private List<SwarmReport> reports() {
        return swarms.stream().flatMap(swarm -> swarm.reports().stream()).toList();
    }

    private void check(RegionPublisher publisher, HandshakeWatch watch) {
        List<SwarmReport> reports = reports();
        if (Boolean.getBoolean("hibiki.restart.report")) {
            List<RestartTimes> times =
                    clients.stream().map(ReturningClient::times).toList();
            System.out.println(new RestartReport(reports, times, watch).text());
        }
        for (int region = 0; region < REGIONS; region++) {
            long published = RegionPublisher.ofRegion(region, REGIONS, publisher.published());
            int ours = region;
            assertThat(IntStream.range(0, CLIENTS)
                            .filter(client -> region(client) == ours)
                            .mapToObj(reports::get))
                    .extracting(
                            SwarmReport::open,
                            SwarmReport::firstSequence,
                            SwarmReport::lastSequence,
                            SwarmReport::missing,
                            SwarmReport::duplicates,
                            SwarmReport::reordered)
                    .containsOnly(tuple(true, 0L, published - 1, 0L, 0L, 0L));
        }
        assertThat(watch.gaps()).isZero();
        assertThat(watch.overBudget(BUDGET, BUDGET)).isLessThanOrEqualTo(LOOPS);
        // A drained client came back once, and was not drained by one gateway after the other.
        assertThat(reports.stream().mapToInt(SwarmReport::connections).sum()).isBetween(2 * CLIENTS, 3 * CLIENTS);
    }
}
