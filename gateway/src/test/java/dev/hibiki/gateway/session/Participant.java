package dev.hibiki.gateway.session;

import dev.hibiki.gateway.session.EventJournal.TopicKey;
import dev.hibiki.gateway.session.ScheduleClient.Kind;
import dev.hibiki.testing.Frame;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A client of a schedule with all that the test made it do, from which follows what it must receive. Confined to the thread of the test. */
final class Participant {
    /** A session that was left alone for shorter than this is not ended for its silence. */
    private static final long SAFE_NS = TimeUnit.MILLISECONDS.toNanos(ScheduleGateway.PING_INTERVAL_MS - 100);
    /** Two bursts below this together cannot push an event from the log that a client of this gateway still needs. */
    private static final long SAFE_BYTES = ScheduleGateway.LOG_BYTES * 7L / 8;

    /**
     * The answer that a control message must get.
     *
     * @param answer the type, channel and regions of the answer, or its error code
     * @param lastId the number of the last event as the client named it; null without
     */
    record Expected(Received answer, @Nullable Integer lastId) {}

    final String name;
    final Kind kind;
    final ScheduleClient client;
    /** The number of the last event as the client named it when it entered; null without, {@link #UNKNOWN} for no event. */
    final @Nullable Integer lastId;

    final Map<String, List<String>> initial;
    final int settledBefore;
    final int issuedAfter;
    final List<Expected> expected = new ArrayList<>();
    /** The codes with which the session may end. Empty while it must not end. */
    final Set<Integer> closeCodes = new HashSet<>();

    static final int UNKNOWN = -2;

    boolean paused;
    /** Whether the log may have dropped events that the client still needed. */
    boolean mayLag;
    /** Whether the test has begun to end this session. */
    boolean leaving;

    boolean mayEndWithoutClose;
    boolean drained;

    private final EventJournal journal;
    private final long enteredNs = System.nanoTime();
    /** What the client reads when all its control messages have been answered. */
    private final Map<String, List<String>> selection;

    /** The client surely gets the events of its topics from this number on. */
    private int certainFrom;

    private boolean changed;
    private boolean replays;
    private int pings;
    private long recentBytes;
    private long earlierBytes;

    Participant(
            String name,
            Kind kind,
            ScheduleClient client,
            EventJournal journal,
            Map<String, List<String>> selection,
            @Nullable Integer lastId,
            int settledBefore) {
        this.name = name;
        this.kind = kind;
        this.client = client;
        this.journal = journal;
        this.initial = Map.copyOf(selection);
        this.selection = new LinkedHashMap<>(selection);
        this.lastId = lastId;
        this.settledBefore = settledBefore;
        this.issuedAfter = journal.issued();
        this.certainFrom = issuedAfter;
        int from = lastId == null || lastId == UNKNOWN ? settledBefore : lastId;
        selection.keySet().forEach(channel -> onPublished(journal.bytes(channel, from, issuedAfter)));
    }

    static Set<TopicKey> topics(Map<String, List<String>> selection) {
        return selection.entrySet().stream()
                .flatMap(entry -> topics(entry.getKey(), entry.getValue()).stream())
                .collect(Collectors.toSet());
    }

    static Set<TopicKey> topics(String channel, List<String> regions) {
        return regions.isEmpty()
                ? Set.of(new TopicKey(channel, null))
                : regions.stream().map(region -> new TopicKey(channel, region)).collect(Collectors.toSet());
    }

    boolean isOpen() {
        return !leaving && !client.hasEnded();
    }

    /** True when the machine was so slow that the gateway may have ended the session for its silence. */
    boolean isOld() {
        return System.nanoTime() - enteredNs > SAFE_NS;
    }

    /** Called with the bytes that are about to be published, or read again. */
    void onPublished(long bytes) {
        recentBytes += bytes;
        if (earlierBytes + recentBytes > SAFE_BYTES) {
            mayLag = true;
        }
    }

    void read(boolean reads) {
        paused = !reads;
        client.read(reads);
    }

    // Control messages.

    void subscribe(String channel, List<String> regions, @Nullable Integer named, int maxTopics) {
        String list = regions.stream().collect(Collectors.joining("\",\"", "\"", "\""));
        say("{\"$\":{\"subscribe\":{\"channel\":\"" + channel + "\""
                + (regions.isEmpty() ? "" : ",\"region\":[" + list + "]")
                + (named == null ? "" : ",\"last_id\":\"" + id(named) + "\"") + "}}}");
        Map<String, List<String>> after = new LinkedHashMap<>(selection);
        after.put(channel, regions);
        if (topics(after).size() > maxTopics) {
            expected.add(new Expected(new Received.Refused("refused"), null));
            return;
        }
        selection.put(channel, regions);
        changed = true;
        expected.add(new Expected(new Received.Subscribed(channel, regions, "", null), named));
        if (named != null) {
            replays = true;
            onPublished(named == UNKNOWN ? 0 : journal.bytes(channel, named, journal.issued()));
        }
    }

    void unsubscribe(String channel) {
        say("{\"$\":{\"unsubscribe\":{\"channel\":\"" + channel + "\"}}}");
        boolean reads = selection.remove(channel) != null;
        expected.add(new Expected(reads ? new Received.Unsubscribed(channel) : new Received.Refused("refused"), null));
    }

    /** Sends a text that a client of hibiki.v1 gets this error for, and that any other client may send. */
    void sayWrong(String text, String error) {
        say(text);
        if (kind == Kind.HIBIKI_V1) {
            expected.add(new Expected(new Received.Refused(error), null));
        }
    }

    // Ends.

    /** Sends bytes that break the protocol, after which the session must end with this code. */
    void breakWith(byte[] bytes, int code) {
        client.send(bytes);
        if (kind != Kind.EVENT_STREAM) { // An event stream drops all that its client sends.
            endsWith(code);
            // The gateway does not read the rest of a long message, so the kernel may reset the connection.
            mayEndWithoutClose |= code == 1009;
        }
    }

    /** Leaves in one of six ways, of which the first three need no WebSocket. */
    void leave(int way) {
        switch (way) {
            case 0 -> client.stopSending();
            case 1 -> client.reset();
            case 2 -> client.close();
            case 3 -> close(new Frame(true, 0, Frame.CLOSE, new byte[0]), 1000);
            case 4 -> close(Frame.close(1000, ""), 1000);
            default -> close(Frame.close(3001, ""), 3001);
        }
        leaving = true;
        mayEndWithoutClose |= way < 3;
    }

    private void close(Frame frame, int code) {
        client.send(frame);
        endsWith(code);
    }

    private void endsWith(int code) {
        leaving = true;
        closeCodes.add(code);
        mayEndWithoutClose |=
                mayLag; // The session may have ended before, and then waits for nothing but a close frame.
    }

    private void say(String text) {
        client.send(Frame.text(text));
    }

    String ping() {
        String payload = "p" + pings++;
        client.send(Frame.ping(payload.getBytes(StandardCharsets.UTF_8)));
        return payload;
    }

    static String id(int number) {
        return number == UNKNOWN ? "nobody-knows" : "e" + number;
    }

    // Waiting.

    /** Waits until all control messages are answered. */
    void awaitAnswers() {
        client.await(name + " and its answers", () -> client.answers() >= expected.size());
        if (changed) {
            changed = false;
            certainFrom = journal.issued();
        }
    }

    /** Waits until the client, which must be reading, has received everything that it must have by now. */
    void awaitEvents() {
        awaitAnswers();
        List<Integer> newest = topics(selection).stream()
                .map(journal::last)
                .filter(number -> number >= certainFrom)
                .toList();
        client.await(name + " and " + newest, () -> newest.stream().allMatch(client::hasEvent));
        certainFrom = journal.issued();
        if (recentBytes > 0 && !newest.isEmpty() && !replays) {
            earlierBytes = recentBytes;
            recentBytes = 0;
        }
    }

    /** Waits for the answer to a ping: the session is alive, and has sent what came before. */
    void awaitPong() {
        String payload = ping();
        client.await(name + " and its pong", () -> client.hasPong(payload));
    }

    @Override
    public String toString() {
        return name + " (" + kind + (paused ? ", paused" : "") + (leaving ? ", leaving" : "") + ")";
    }
}
