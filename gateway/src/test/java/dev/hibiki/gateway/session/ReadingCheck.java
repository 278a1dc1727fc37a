package dev.hibiki.gateway.session;

import dev.hibiki.gateway.session.EventJournal.Published;
import dev.hibiki.gateway.session.EventJournal.TopicKey;
import dev.hibiki.gateway.session.Participant.Expected;
import dev.hibiki.gateway.session.ScheduleClient.Arrival;
import dev.hibiki.gateway.session.ScheduleClient.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Checks what one client received against the events that were published and against what the client asked for. Confined to
 * the thread of the test.
 *
 * <p>It goes through all that arrived in order, and knows at each moment what the client reads and how far. Each event must
 * be of a topic that the client reads, and newer than what it has read. The events that it has passed over must be covered
 * by the gap notices before. The point where a topic begins is told by the gateway, or lies between two moments that the
 * test knows.
 */
final class ReadingCheck {
    private final Participant client;
    private final EventJournal journal;
    private final Tally tally;
    private final Queue<Expected> expected;
    private final Map<TopicKey, TopicReading> reading = new HashMap<>();
    /** For each channel the number of events that a notice has told of and that were not passed over yet. */
    private final Map<String, Integer> told = new HashMap<>();

    private int newest = -1;
    private int lastPong = -1;
    private boolean greeted;
    private @Nullable Integer byeCode;
    private @Nullable Integer closeCode;

    ReadingCheck(Participant client, EventJournal journal, Tally tally) {
        this.client = client;
        this.journal = journal;
        this.tally = tally;
        this.expected = new ArrayDeque<>(client.expected);
    }

    /** Checks all that has arrived so far. */
    void check() {
        if (client.kind == Kind.PLAIN) {
            begin(Participant.topics(client.initial), client.lastId, null, null, client.issuedAfter);
        }
        List<String> received = new ArrayList<>();
        for (Arrival arrival : client.client.arrivals()) {
            received.add(arrival.what() instanceof Received.Event event ? "e" + event.number() : "" + arrival.what());
            try {
                check(arrival);
            } catch (AssertionError e) {
                throw new AssertionError(client + " received " + received + ": the last one " + e.getMessage(), e);
            }
        }
    }

    private void check(Arrival arrival) {
        Received what = arrival.what();
        require(closeCode == null, "came after the close");
        boolean greets = what instanceof Received.Hello;
        require(greeted || greets || client.kind == Kind.PLAIN, "came before the hello");
        if (what instanceof Received.Event event) {
            onEvent(event);
        } else if (what instanceof Received.Pong pong) {
            int number = Integer.parseInt(pong.payload().substring(1));
            require(number > lastPong, "came out of order");
            lastPong = number;
        } else if (what instanceof Received.Close close) {
            closeCode = close.code();
        } else {
            require(client.kind != Kind.PLAIN, "was not asked for");
            onControl(what, arrival.issued());
        }
    }

    private void onControl(Received what, int issued) {
        if (what instanceof Received.Hello hello) {
            require(!greeted, "came twice");
            greeted = true;
            begin(Participant.topics(client.initial), client.lastId, hello.resume(), hello.id(), issued);
        } else if (what instanceof Received.Gap gap) {
            require(client.mayLag, "the client was never that slow");
            require(gap.missed() > 0 && readsOf(gap.channel()), "tells of nothing");
            told.merge(gap.channel(), gap.missed(), Integer::sum);
            tally.count("gap");
        } else if (what instanceof Received.Bye bye) {
            byeCode = bye.code();
        } else if (what instanceof Received.Subscribed subscribed) {
            onSubscribed(subscribed, issued);
        } else {
            Expected next = expected.remove();
            require(next.answer().equals(what), "instead of " + next.answer());
            if (what instanceof Received.Unsubscribed unsubscribed) {
                reading.keySet().removeIf(topic -> topic.channel().equals(unsubscribed.channel()));
                told.remove(unsubscribed.channel());
            }
        }
    }

    private void onEvent(Received.Event received) {
        require(received.number() >= journal.first() && received.number() < journal.issued(), "was never published");
        Published event = journal.get(received.number());
        require(Arrays.equals(event.json(), received.json()), "has other bytes than the published event");
        TopicKey topic = reading.keySet().stream()
                .filter(event::isOf)
                .findAny()
                .orElseThrow(() -> new AssertionError("the client reads " + reading.keySet()));
        TopicReading read = Objects.requireNonNull(reading.get(topic));
        require(event.number() > read.at, "comes twice, too late or too early: the topic was read up to " + read.at);
        require(event.number() > newest, "comes after the newer " + newest);
        newest = event.number();
        passOver(topic, read, event.number());
    }

    /** Takes the events before this one as told by notices, or as before the beginning. */
    private void passOver(TopicKey topic, TopicReading read, int to) {
        List<Published> missing = journal.between(read.at + 1, to).stream()
                .filter(event -> event.isOf(topic))
                .toList();
        List<Published> required =
                missing.stream().filter(event -> !read.mayLack(event)).toList();
        int tolds = told.getOrDefault(topic.channel(), 0);
        require(required.size() <= tolds, "misses " + required + ", of which " + tolds + " were told");
        if (tolds > 0) {
            told.put(topic.channel(), tolds - Math.min(tolds, missing.size()));
        }
        read.at = to;
        read.uncertainUpTo = to;
    }

    private void onSubscribed(Received.Subscribed got, int issued) {
        Expected next = expected.remove();
        require(
                new Received.Subscribed(got.channel(), got.regions(), "", null).equals(next.answer()),
                "instead of " + next.answer());
        Set<TopicKey> wanted = Participant.topics(got.channel(), got.regions());
        Map<TopicKey, TopicReading> removed = new HashMap<>(reading);
        removed.keySet().removeIf(topic -> !topic.channel().equals(got.channel()) || wanted.contains(topic));
        Set<TopicKey> added = new HashSet<>(wanted);
        added.removeAll(reading.keySet());
        reading.keySet().removeAll(removed.keySet());
        if (added.isEmpty()) {
            require(got.resume().equals("new"), "no topic begins");
        } else {
            newest = -1; // The new topics may begin before the newest event of the others.
            if (next.lastId() != null || removed.isEmpty()) {
                begin(added, next.lastId(), got.resume(), got.id(), issued);
            } else {
                boolean gap = got.resume().equals("gap");
                require(got.resume().equals("new") || (gap && client.mayLag), "the client named no event");
                continueFrom(removed, added, gap, issued);
            }
        }
        if (!removed.isEmpty() && told.getOrDefault(got.channel(), 0) > 0) {
            // Nobody can say which of the events that were told of belong to the topics that stay.
            told.remove(got.channel());
            reading.forEach((topic, read) -> {
                if (topic.channel().equals(got.channel())) {
                    read.uncertainUpTo = issued - 1;
                }
            });
        }
    }

    /**
     * The new topics begin where the removed ones of the channel were read up to.
     *
     * @param gap whether the client was told that events are lost in between
     */
    private void continueFrom(Map<TopicKey, TopicReading> removed, Set<TopicKey> added, boolean gap, int issued) {
        int at = max(removed.values().stream().map(read -> read.at).toList());
        boolean certain = !gap && removed.values().stream().allMatch(read -> read.uncertainUpTo <= read.at);
        boolean whole = removed.keySet().stream().anyMatch(topic -> topic.region() == null);
        Set<String> regions = removed.keySet().stream()
                .map(topic -> String.valueOf(topic.region()))
                .collect(Collectors.toSet());
        for (TopicKey topic : added) {
            TopicReading read = certain && whole
                    ? TopicReading.after(at)
                    : new TopicReading(at, issued - 1, certain ? regions : Set.of());
            reading.put(topic, read);
        }
    }

    private static int max(Collection<Integer> numbers) {
        return numbers.stream().mapToInt(number -> number).max().orElse(-1);
    }

    /** Begins to read topics; the parameters are those of {@link ReadingStart#find}. */
    private void begin(
            Set<TopicKey> topics, @Nullable Integer named, @Nullable String resume, @Nullable String id, int issued) {
        if (named != null && resume != null) {
            tally.count("resume " + resume);
        }
        TopicReading start = new ReadingStart(client, journal).find(topics, named, resume, id, issued);
        topics.forEach(topic -> reading.put(topic, TopicReading.between(start.at, start.uncertainUpTo)));
    }

    private boolean readsOf(String channel) {
        return reading.keySet().stream().anyMatch(topic -> topic.channel().equals(channel));
    }

    /** After {@link #check}: the client has received everything that it asked for. */
    void requireComplete() {
        requireOpen();
        require(expected.isEmpty(), client + " got no answer: " + expected);
        reading.forEach((topic, read) -> {
            int last = journal.last(topic);
            require(
                    last <= Math.max(read.at, read.uncertainUpTo),
                    client + " misses the end: " + journal.get(Math.max(last, journal.first())));
        });
        told.forEach((channel, missed) ->
                require(missed == 0, client + " was told of " + missed + " too many of " + channel));
    }

    /** After {@link #check}: the session has not ended. */
    private void requireOpen() {
        require(closeCode == null && byeCode == null && !client.client.hasEnded(), client + " has ended: " + closeCode);
    }

    /** After {@link #check}: the session has ended as it may. */
    void requireAllowedEnd() {
        Integer code = client.kind == Kind.EVENT_STREAM ? byeCode : closeCode;
        tally.count("close " + code);
        if (code == null) {
            require(client.mayEndWithoutClose || client.isOld(), client + " ended without a close");
            return;
        }
        boolean lagged = code == 4100 && client.kind == Kind.PLAIN && client.mayLag;
        require(lagged || client.closeCodes.contains(code), client + " ended with " + code);
        if (client.kind == Kind.HIBIKI_V1 && client.drained && code == ScheduleGateway.DRAIN_CODE) {
            require(code.equals(byeCode), client + " got no bye");
        }
    }

    static void require(boolean kept, String otherwise) {
        if (!kept) {
            throw new AssertionError(otherwise);
        }
    }
}
