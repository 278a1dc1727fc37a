package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

    /** Without the optimising compiler a start takes two thirds of the CPU time. */
    private static final String CHEAP_START = "-XX:TieredStopAtLevel=1";

    private static final int NEW_SOCKETS = 5;
    private static final int NEW_STREAMS = 5;

    private final RedisFixture redis;
    private final String source;
    /** The gateway reaches Redis through this. */
    private final TcpProxy address;

    private final List<Newcomers> newcomers = new ArrayList<>();
    private final FaultPublisher publisher;
    private final Crowd crowd;
    private final boolean inThisJvm;
    private final int port = Ports.free();
    private final int adminPort = Ports.free();
    private @Nullable GatewayProcess process;
    private @Nullable RunningGateway gateway;
    /** With this one the restarting gateway is never the last of this JVM, at whose end the threads are counted. */
    private final RunningGateway other = RunningGateway.start();

    /** Clients that name no event when they first come; they expect no event before {@code from}. */
    record Newcomers(Crowd crowd, long from) {}

    /**
     * Starts with a gateway and clients that have got an event.
     *
     * @param source the option {@code --source} of the gateway
     * @param inThisJvm whether the gateway is not a process of its own: this is cheaper, but it cannot be killed
     * @param old how many events there are before the gateway starts; only a stream keeps them
     */
    RestartScene(RedisFixture redis, String source, boolean inThisJvm, int old) throws IOException {
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
        this.inThisJvm = inThisJvm;
        address = TcpProxy.to(redis.port());
        start();
        awaitReady();
        crowd = Crowd.on(port).start(SOCKETS, STREAMS);
        crowd.awaitOpen();
        publisher = FaultPublisher.withoutIds(redis.uri(), CHANNEL, streams, old, RATE);
        crowd.awaitEvent(old);
    }

    /** Starts a gateway on the ports of the last one. */
    private void start() throws IOException {
        String uri = "redis://127.0.0.1:" + address.port();
        if (inThisJvm) {
            String[] ports = {"--port", "" + port, "--admin-port", "" + adminPort};
            gateway = RunningGateway.start(Stream.of(ports, new String[] {"--redis", uri, "--source", source})
                    .flatMap(Stream::of)
                    .toArray(String[]::new));
        } else {
            GatewayProcess.Launch launch = GatewayProcess.jar("--redis", uri, "--source", source)
                    .environment("JAVA_TOOL_OPTIONS", CHEAP_START);
            process = launch.on(port, adminPort).startUnready();
        }
    }

    /** Ends the gateway: a process is killed, another one sends its clients away. */
    private void end() throws IOException {
        if (process != null) {
            process.close();
        }
        if (gateway != null) {
            gateway.close();
        }
    }

    private void awaitReady() {
        eventually().until(() -> Http.status(admin("/readyz")) == 200);
    }

    private String admin(String path) {
        return "http://127.0.0.1:" + adminPort + path;
    }

    /** Ends the gateway and starts it again, so that clients come while it loads. */
    void restart() throws IOException {
        end();
        welcome();
        start();
        awaitReady();
        awaitCalm();
    }

    /** Restarts the gateway, and once more as soon as all have come back, whether it has loaded the streams or not. */
    void restartTwice() throws IOException {
        end();
        start();
        crowd.awaitOpen();
        restart();
    }

    private void welcome() {
        newcomers.add(new Newcomers(Crowd.on(port).start(NEW_SOCKETS, NEW_STREAMS), publisher.published()));
    }

    /** Restarts the gateway while it cannot reach Redis. All clients must be let in and wait; Redis comes then. */
    void startWhileRedisIsAway() throws IOException {
        address.leadTo(Ports.free());
        address.cut();
        end();
        int hellos = hellos();
        welcome();
        start();
        crowd.awaitOpen();
        newcomers.get(newcomers.size() - 1).crowd().awaitOpen();
        int sessions = crowd.size()
                + newcomers.stream().mapToInt(group -> group.crowd().size()).sum();
        eventually()
                .untilAsserted(
                        () -> assertThat(Http.get(admin("/sessions?limit=1")).body())
                                .contains("\"total\":{\"sessions\":" + sessions + ","));
        assertThat(Http.status(admin("/readyz"))).isEqualTo(503);
        assertThat(hellos()).as("hello, before the streams are loaded").isEqualTo(hellos);
        Newcomers last = newcomers.remove(newcomers.size() - 1);
        newcomers.add(new Newcomers(last.crowd(), publisher.published()));
        address.leadTo(redis.port());
        awaitReady();
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
        end();
        other.close();
        address.close();
    }
}
