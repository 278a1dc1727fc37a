package dev.hibiki.testing;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/**
 * Up to some thousands of WebSocket clients on one thread, for tests with crowds. Its methods are for the thread of the test; the clients run on
 * a loop of their own.
 *
 * <p>A client keeps no messages. It counts them, computes a {@link StreamDigest}, and tracks the {@linkplain WebSocketSwarmBuilder#sequence
 * sequence numbers} in them. These continue when it {@linkplain WebSocketSwarmBuilder#returning reconnects}. The protocol is checked as strictly
 * as by {@link WebSocketClient}, and pings and closes are answered. Clients have numbers from 0; a range is {@code from} inclusive to {@code to}
 * exclusive.
 */
public final class WebSocketSwarm implements AutoCloseable {
    private static final Duration CLOSE_ALLOWED = Duration.ofSeconds(10);

    private final int size;
    private final SwarmLoop loop;
    private final Thread thread;
    private boolean closed;

    WebSocketSwarm(WebSocketSwarmBuilder plan, int size) {
        this.size = size;
        loop = new SwarmLoop(plan, size);
        thread = new Thread(loop, "websocket-swarm");
        thread.setDaemon(true);
        thread.start();
    }

    /** A swarm to connect to {@code ws://host:port/path?query}, or to {@code wss:} with {@link WebSocketSwarmBuilder#tls}. */
    public static WebSocketSwarmBuilder to(String uri) {
        return new WebSocketSwarmBuilder(URI.create(uri));
    }

    public int size() {
        return size;
    }

    /** How many are connected. */
    public int open() {
        return loop.call(
                () -> (int) loop.members().stream().filter(SwarmMember::isOpen).count());
    }

    /** Stops reading, so that the sockets fill up. */
    public void stall(int from, int to) {
        onEach(from, to, member -> member.stall(true));
    }

    /** Reads again. */
    public void resume(int from, int to) {
        onEach(from, to, member -> member.stall(false));
    }

    public void sendText(int from, int to, String text) {
        onEach(from, to, member -> member.send(Frame.text(text)));
    }

    /** Sends Close 1000; {@link #awaitClosed} waits for the server's answer. */
    public void closeNormally(int from, int to) {
        onEach(from, to, member -> member.send(Frame.close(1000, "")));
    }

    /** Ends connections with a TCP reset. */
    public void abort(int from, int to) {
        onEach(from, to, SwarmMember::abort);
    }

    /** Waits until each client has at least so many text messages; fails early when a client with fewer loses its connection. */
    public void awaitMessages(long minPerClient, Duration allowed) {
        awaitMessages(0, size, minPerClient, allowed);
    }

    public void awaitMessages(int from, int to, long minPerClient, Duration allowed) {
        await(minPerClient + " messages", from, to, allowed, member -> member.messages() >= minPerClient, true);
    }

    /** Waits until the connections of these clients have ended. */
    public void awaitClosed(int from, int to, Duration allowed) {
        await("its end", from, to, allowed, SwarmMember::isOver, false);
    }

    /** Waits until all clients are connected at the same time; fails early when one has ended for good. */
    public void awaitOpen(Duration allowed) {
        await("an open connection", 0, size, allowed, SwarmMember::isOpen, true);
    }

    /** The reports of all clients, taken at the same moment. */
    public List<SwarmReport> reports() {
        return reports(0, size);
    }

    public List<SwarmReport> reports(int from, int to) {
        return reports(from, to, member -> true);
    }

    /** Closes all connections without a Close frame. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        onLoop(() -> loop.close());
        try {
            thread.join(CLOSE_ALLOWED.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void await(
            String awaited, int from, int to, Duration allowed, Predicate<SwarmMember> done, boolean mustStand) {
        Deadline.in(allowed).awaitUntil(() -> awaited + ": " + describeLate(from, to, done), () -> {
            List<SwarmReport> lost = mustStand ? reports(from, to, done.negate().and(SwarmMember::isOver)) : List.of();
            if (!lost.isEmpty()) {
                throw new AssertionError(
                        lost.size() + " clients lost their connection before " + awaited + ", such as " + lost.get(0));
            }
            return loop.call(() -> loop.members().subList(from, to).stream().allMatch(done));
        });
    }

    private String describeLate(int from, int to, Predicate<SwarmMember> done) {
        List<SwarmReport> late = reports(from, to, done.negate());
        return late.size() + " of " + (to - from) + " clients lack it, such as "
                + late.stream().findFirst();
    }

    private List<SwarmReport> reports(int from, int to, Predicate<SwarmMember> which) {
        return loop.call(() -> {
            return loop.members().subList(from, to).stream()
                    .filter(which)
                    .map(SwarmMember::report)
                    .toList();
        });
    }

    private void onEach(int from, int to, Step step) {
        onLoop(() -> {
            for (SwarmMember member : loop.members().subList(from, to)) {
                step.run(member);
            }
        });
    }

    private void onLoop(Task task) {
        loop.call(() -> {
            task.run();
            return true;
        });
    }

    private interface Task {
        void run() throws Exception;
    }

    private interface Step {
        void run(SwarmMember member) throws Exception;
    }
}
