package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.wire.RetryWindow;
import dev.hibiki.testing.WebSocketSwarm;
import dev.hibiki.testing.WebSocketSwarmBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Clients of all kinds that reconnect at once and resume: plain WebSockets, {@code hibiki.v1} and event streams, with a
 * {@link LossCheck} for each. Confined to the thread of the test.
 */
final class Crowd implements AutoCloseable {
    private final List<LossCheck> plain;
    private final List<LossCheck> controlled;
    private final List<LossCheck> streamed;
    private final List<WebSocketSwarm> swarms = new ArrayList<>();
    private final EventStreams streams;

    private Crowd(Plan plan, int sockets, int eventStreams) {
        plain = checks(sockets);
        controlled = checks(sockets);
        streamed = checks(eventStreams);
        swarms.add(plan.swarm(plain).start(sockets));
        swarms.add(plan.swarm(controlled)
                .header("Sec-WebSocket-Protocol", "hibiki.v1")
                .start(sockets));
        streams = new EventStreams(plan.port, plan.query, streamed, plan.leaves);
    }

    private static List<LossCheck> checks(int clients) {
        return IntStream.range(0, clients).mapToObj(client -> new LossCheck()).toList();
    }

    /** Where clients connect, and what they do. */
    static final class Plan {
        private final Supplier<WebSocketSwarmBuilder> swarm;
        private final int port;
        private String query = "";
        private BooleanSupplier leaves = () -> false;
        private LongSupplier delayMs = () -> ImpatientClient.RETRY_MS;

        private Plan(Supplier<WebSocketSwarmBuilder> swarm, int port) {
            this.swarm = swarm;
            this.port = port;
        }

        /** Sets the query parameters that select the events. */
        Plan query(String parameters) {
            query = parameters;
            return this;
        }

        /** Lets clients lose their connection behind a random event, one in so many. */
        Plan leaving(int oneEventIn) {
            leaves = () -> ThreadLocalRandom.current().nextInt(oneEventIn) == 0;
            return this;
        }

        /** Lets half of the WebSocket clients whose session was ended wait, as they are asked to. */
        Plan patient() {
            delayMs = () ->
                    ThreadLocalRandom.current().nextBoolean() ? RetryWindow.AFTER_END.draw() : ImpatientClient.RETRY_MS;
            return this;
        }

        /** Begins to connect so many plain clients, as many of {@code hibiki.v1}, and these event streams. */
        Crowd start(int sockets, int eventStreams) {
            return new Crowd(this, sockets, eventStreams);
        }

        private WebSocketSwarmBuilder swarm(List<LossCheck> checks) {
            List<ImpatientClient> clients = checks.stream()
                    .map(check -> new ImpatientClient(query, check, leaves, delayMs))
                    .toList();
            return swarm.get()
                    .target(client -> clients.get(client).target())
                    .observer(clients::get)
                    .returning(clients::get);
        }
    }

    /** Clients of a gateway or proxy on this port of the loopback address. */
    static Plan on(int port) {
        return new Plan(() -> WebSocketSwarm.to("ws://127.0.0.1:" + port + "/"), port);
    }

    /** WebSocket clients that connect in another way. */
    static Plan by(Supplier<WebSocketSwarmBuilder> swarm) {
        return new Plan(swarm, 0);
    }

    List<LossCheck> all() {
        return Stream.of(plain, controlled, streamed).flatMap(List::stream).toList();
    }

    List<LossCheck> controlled() {
        return controlled;
    }

    /** The clients that can be told of a gap. */
    List<LossCheck> informed() {
        return Stream.of(controlled, streamed).flatMap(List::stream).toList();
    }

    int size() {
        return all().size();
    }

    /** Waits until all are let in at the same time. */
    void awaitOpen() {
        swarms.forEach(swarm -> swarm.awaitOpen(PATIENCE));
        eventually().until(() -> streams.open() == streamed.size());
    }

    /** Waits until each client has got this event or a later one. */
    void awaitEvent(long sequence) {
        List<LossCheck> all = all();
        try {
            eventually().until(() -> all.stream().allMatch(check -> check.last() >= sequence));
        } catch (ConditionTimeoutException late) {
            assertThat(all)
                    .filteredOn(check -> check.last() < sequence)
                    .as("clients without event " + sequence)
                    .isEmpty();
        }
    }

    /** Ends the connections of every other client. */
    void abortHalf() {
        for (WebSocketSwarm swarm : swarms) {
            IntStream.range(0, swarm.size() / 2).forEach(pair -> swarm.abort(2 * pair, 2 * pair + 1));
        }
        IntStream.range(0, streamed.size() / 2).forEach(pair -> streams.abort(2 * pair));
    }

    /** Ends the connections of all clients. */
    void abortAll() {
        swarms.forEach(swarm -> swarm.abort(0, swarm.size()));
        IntStream.range(0, streamed.size()).forEach(streams::abort);
    }

    @Override
    public void close() {
        swarms.forEach(WebSocketSwarm::close);
        streams.close();
    }
}
