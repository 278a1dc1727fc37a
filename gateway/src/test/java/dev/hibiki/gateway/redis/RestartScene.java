package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.gateway.support.Http;
import dev.hibiki.testing.LongRun;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.TcpProxy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A gateway without a proxy in front that restarts in several ways, while numbered events are published and clients of all kinds
 * reconnect at once. With each restart some clients come for the first time. Confined to the thread of the test.
 */
final class RestartScene implements AutoCloseable {
    private static final int SOCKETS = LongRun.setting("hibiki.restart.sockets", 70, 90);
    private static final int STREAMS = LongRun.setting("hibiki.restart.streams", 60, 70);
    private static final int RATE = LongRun.setting("hibiki.restart.events", 100, 100);
    /** How many events are published between two restarts. */
    private static final int CALM_EVENTS = LongRun.setting("hibiki.restart.calm", 20, 1_000);

    private static final int NEW_SOCKETS = 5;
    private static final int NEW_STREAMS = 5;

    private final RedisFixture redis;
    private final String source;
    /** The gateway reaches Redis through this. */
    private final TcpProxy address;

    private final List<Newcomers> newcomers = new ArrayList<>();
    private final FaultPublisher publisher;
    private final Crowd crowd;
    private GatewayProcess gateway;

    /** Clients that name no event when they first come; they expect no event before {@code from}. */
    record Newcomers(Crowd crowd, long from) {}

    /**
     * Starts with a gateway and clients that have got an event.
     *
     * @param source the option {@code --source} of the gateway
     * @param old how many events there are before the gateway starts; only a stream keeps them
     */
    RestartScene(RedisFixture redis, String source, int old) throws IOException {
        this.redis = redis;
        this.source = source;
        boolean streams = source.equals("streams");
        if (streams) {
            String event = Events.withoutId(0).replace("\"seq\":0,", "\"seq\":' .. i .. ',");
            redis.cli(
                    "EVAL",
                    "for i = 0, " + (old - 1) + " do redis.call('XADD', KEYS[1], '*', 'data', '" + event + "') end",
                    "1",
                    CHANNEL);
        }
        address = TcpProxy.to(redis.port());
        gateway = launch().start();
        crowd = Crowd.on(gateway.port()).start(SOCKETS, STREAMS);
        crowd.awaitOpen();
        publisher = FaultPublisher.withoutIds(redis.uri(), CHANNEL, streams, old, RATE);
        crowd.awaitEvent(old);
    }

    private GatewayProcess.Launch launch() {
        return GatewayProcess.jar("--redis", "redis://127.0.0.1:" + address.port(), "--source", source);
    }

    /** Kills the gateway and starts it again, so that clients come while it loads. */
    void killAndStart() throws IOException {
        gateway.close();
        startAgain();
    }

    /** Kills the gateway as soon as all have come back, loaded or not. */
    void killTwiceAndStart() throws IOException {
        gateway.close();
        gateway = launch().after(gateway).startUnready();
        crowd.awaitOpen();
        killAndStart();
    }

    void terminateAndStart() throws IOException {
        gateway.terminate();
        assertThat(gateway.awaitExit()).isZero();
        gateway.close();
        startAgain();
    }

    private void startAgain() throws IOException {
        welcome();
        gateway = launch().after(gateway).start();
        awaitCalm();
    }

    private void welcome() {
        newcomers.add(new Newcomers(Crowd.on(gateway.port()).start(NEW_SOCKETS, NEW_STREAMS), publisher.published()));
    }

    /** Restarts the gateway while it cannot reach Redis. All clients must be let in and wait; Redis comes then. */
    void startWhileRedisIsAway() throws IOException {
        address.leadTo(Ports.free());
        address.cut();
        gateway.close();
        int hellos = hellos();
        welcome();
        gateway = launch().after(gateway).startUnready();
        crowd.awaitOpen();
        newcomers.get(newcomers.size() - 1).crowd().awaitOpen();
        int sessions = crowd.size()
                + newcomers.stream().mapToInt(group -> group.crowd().size()).sum();
        eventually()
                .untilAsserted(() -> assertThat(Http.get(gateway.admin("/sessions?limit=1")).body())
                        .contains("\"total\":{\"sessions\":" + sessions + ","));
        assertThat(Http.status(gateway.admin("/readyz"))).isEqualTo(503);
        assertThat(hellos()).as("hello, before the streams are loaded").isEqualTo(hellos);
        Newcomers last = newcomers.remove(newcomers.size() - 1);
        newcomers.add(new Newcomers(last.crowd(), publisher.published()));
        address.leadTo(redis.port());
        gateway.awaitReady();
        awaitCalm();
    }

    private int hellos() {
        return crowd.controlled().stream()
                .mapToInt(check -> check.resumes().size())
                .sum();
    }

    /** Waits until all clients have every event, and then some more. */
    private void awaitCalm() {
        awaitAll(publisher.published() + CALM_EVENTS);
    }

    private void awaitAll(long sequence) {
        crowd.awaitEvent(sequence);
        newcomers.forEach(group -> group.crowd().awaitEvent(sequence));
    }

    /** Stops to publish and waits until all clients have got the last event. */
    void finish() {
        awaitAll(publisher.finish() - 1);
    }

    FaultPublisher publisher() {
        return publisher;
    }

    /** The clients that were there before the first restart. */
    Crowd crowd() {
        return crowd;
    }

    List<Newcomers> newcomers() {
        return newcomers;
    }

    @Override
    public void close() throws IOException {
        publisher.close();
        crowd.close();
        newcomers.forEach(group -> group.crowd().close());
        gateway.close();
        address.close();
    }
}
