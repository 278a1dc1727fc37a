package dev.hibiki.gateway.session;

import dev.hibiki.gateway.session.EventJournal.Published;
import dev.hibiki.gateway.session.ScheduleClient.Kind;
import dev.hibiki.testing.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** Some random steps of a publisher and a few clients, drawn from a seed, and the check of what the clients received. Confined to the thread of the test. */
final class Schedule {
    static final int MAX_CLIENTS = 4;
    private static final List<Kind> KINDS = List.of(Kind.values());
    private static final int MAX_EVENT_BYTES = 40 << 10;

    private final ScheduleGateway at;
    private final EventJournal journal;
    private final Random random;
    private final RandomSelection draw;
    /** The oldest event that a client may name. */
    private final int oldest;

    private final List<String> steps = new ArrayList<>();
    private final List<Participant> all = new ArrayList<>();

    /** @param oldest the first event of the schedule before, which clients of this one may name */
    Schedule(ScheduleGateway at, long seed, int oldest) {
        this.at = at;
        this.journal = at.journal;
        this.random = new Random(seed * 0x9E3779B97F4A7C15L);
        this.draw = new RandomSelection(at.path.channels(), random);
        this.oldest = oldest;
    }

    /** The steps up to now, one on each line. */
    String steps() {
        return String.join("\n", steps);
    }

    /** Takes random steps, then checks that each client that is still there gets everything, and that nothing is left. */
    void run() {
        takeSteps();
        awaitMarkers();
        for (Participant client : open()) {
            newCheck(client).requireComplete();
        }
        open().forEach(this::leave);
        all.forEach(this::awaitEnd);
        at.awaitNothingLeft();
    }

    /** Takes random steps, then closes the gateway, which ends the sessions. */
    void runIntoDrain() {
        takeSteps();
        all.forEach(client -> client.read(true));
        for (Participant client : open()) {
            client.drained = true;
            client.closeCodes.add(ScheduleGateway.DRAIN_CODE);
        }
        publish(1 + random.nextInt(20), 10_000);
        note("the gateway drains");
        CompletableFuture<Void> closing = at.gateway.closing();
        all.forEach(this::awaitEnd);
        closing.join();
    }

    private void takeSteps() {
        enter();
        int count = 6 + random.nextInt(14);
        for (int i = 0; i < count; i++) {
            takeStep();
        }
    }

    private void takeStep() {
        int dice = random.nextInt(100);
        if (dice < 16) {
            if (open().size() < MAX_CLIENTS) {
                enter();
            }
        } else if (dice < 18) {
            vanishWhileEntering();
        } else if (dice < 38) {
            publish(1 + random.nextInt(6), random.nextInt(4) == 0 ? MAX_EVENT_BYTES : 2_000);
        } else if (dice < 48) {
            publish(8 + random.nextInt(8), MAX_EVENT_BYTES);
        } else if (dice < 51) {
            publish(50 + random.nextInt(100), 1_000);
        } else if (dice < 60) {
            settle();
        } else {
            List<Participant> candidates = open();
            if (!candidates.isEmpty()) {
                act(candidates.get(random.nextInt(candidates.size())), random.nextInt(40));
            }
        }
    }

    private void act(Participant client, int dice) {
        if (dice < 9) {
            boolean pauses = !client.paused;
            note(client + (pauses ? " pauses" : " reads on"));
            client.read(!pauses);
        } else if (dice < 23 && client.kind == Kind.HIBIKI_V1) {
            changeTopics(client);
        } else if (dice < 31 && client.kind != Kind.EVENT_STREAM) {
            talk(client);
        } else if (dice < 35) {
            leave(client);
        } else if (dice < 38) {
            breakProtocol(client);
        }
    }

    private void note(String step) {
        steps.add(step);
    }

    private List<Participant> open() {
        return all.stream().filter(Participant::isOpen).toList();
    }

    // Clients come.

    private void enter() {
        Kind kind = KINDS.get(random.nextInt(KINDS.size()));
        Map<String, List<String>> selection = draw.selection();
        Integer lastId = random.nextInt(5) < 2 ? randomId() : null;
        boolean deflates = kind != Kind.EVENT_STREAM && random.nextInt(6) == 0;
        int buffer = random.nextInt(3) > 0 ? 8 << 10 : 0;
        String target = RandomSelection.target(kind, selection, lastId);
        String name = "c" + all.size();
        note(name + " enters: " + kind + ' ' + target + (deflates ? ", deflated" : "") + ", buffer " + buffer);
        int settled = journal.settled();
        ScheduleClient client = at.connect(kind, target, deflates, buffer);
        client.awaitEntered();
        Participant entered = new Participant(name, kind, client, journal, selection, lastId, settled);
        all.add(entered);
        if (buffer > 0 && random.nextInt(3) == 0) {
            note(name + " pauses at once");
            entered.read(false);
        }
    }

    private void vanishWhileEntering() {
        Kind kind = KINDS.get(random.nextInt(KINDS.size()));
        String target = RandomSelection.target(kind, draw.selection(), null);
        note("a client sends its request and vanishes: " + kind + ' ' + target);
        ScheduleClient client = at.connect(kind, target, false, 0);
        if (random.nextBoolean()) {
            client.reset();
        } else {
            client.close();
        }
        client.awaitEnded();
    }

    private int randomId() {
        int newest = journal.settled() - 1; // A client cannot know an event that is not published yet.
        return random.nextInt(6) == 0
                ? Participant.UNKNOWN
                : newest - random.nextInt(Math.min(40, newest - oldest + 1));
    }

    // Events are published.

    private void publish(int count, int maxBytes) {
        String channel = draw.channel();
        List<Published> events = new ArrayList<>();
        at.publisher.settle();
        int regions = random.nextBoolean() ? 4 : 1;
        for (int i = 0; i < count; i++) {
            int region = random.nextInt(regions);
            int bytes = 50 + random.nextInt(maxBytes - 50);
            events.add(journal.issue(channel, region == 3 ? null : ScheduleGateway.REGIONS.get(region), bytes, random));
        }
        long bytes = events.stream().mapToLong(Published::cost).sum();
        all.forEach(client -> client.onPublished(bytes));
        at.publisher.begin(channel, events);
        int next = random.nextInt(4); // The next step may come while these events are published.
        note(count + " events on " + channel + " from " + events.get(0).id() + ", " + bytes + " bytes"
                + (next == 0 ? "" : next == 1 ? ", published" : ", received"));
        if (next == 1) {
            at.publisher.settle();
        } else if (next > 1) {
            awaitEvents();
        }
    }

    private void settle() {
        note("all that read have received all");
        awaitEvents();
    }

    private void awaitEvents() {
        at.publisher.settle();
        for (Participant client : open()) {
            if (!client.paused) {
                client.awaitEvents();
            }
        }
    }

    /** Lets all clients read, and waits until each that is left has received everything, up to markers on all topics. */
    private void awaitMarkers() {
        note("all read up to the markers");
        all.forEach(client -> client.read(true));
        open().forEach(Participant::awaitAnswers);
        for (String channel : at.path.channels()) {
            List<Published> markers = at.publishToAllRegions(channel, random);
            markers.forEach(event -> all.forEach(client -> client.onPublished(event.cost())));
        }
        awaitEvents();
        for (Participant client : open()) {
            if (client.kind != Kind.EVENT_STREAM) {
                client.awaitPong();
            }
        }
    }

    // Clients act.

    private void changeTopics(Participant client) {
        String channel = draw.channel();
        if (random.nextInt(4) == 0) {
            note(client + " unsubscribes " + channel);
            client.unsubscribe(channel);
            return;
        }
        List<String> regions = random.nextInt(12) == 0 ? List.of("a", "b", "c", "d", "e", "f", "g") : draw.regions();
        Integer lastId = random.nextInt(4) == 0 ? randomId() : null;
        note(client + " subscribes " + channel + ' ' + regions + (lastId == null ? "" : " after " + lastId));
        client.subscribe(channel, regions, lastId, ScheduleGateway.MAX_TOPICS);
    }

    private void talk(Participant client) {
        int dice = random.nextInt(4);
        note(client + " talks: " + dice);
        switch (dice) {
            case 0 -> client.sayWrong("{\"event\":\"hello\"}", "malformed");
            case 1 -> client.sayWrong("{\"$\":{\"shout\":{\"channel\":\"channel:0\"}}}", "malformed");
            case 2 -> client.sayWrong("{\"$\":{\"subscribe\":{\"channel\":\"elsewhere\"}}}", "unknown_channel");
            default -> client.ping();
        }
    }

    private void breakProtocol(Participant client) {
        int dice = random.nextInt(4);
        note(client + " breaks the protocol: " + dice);
        switch (dice) {
            case 0 -> client.breakWith(Frame.text("no mask").unmasked(), 1002);
            case 1 -> client.breakWith(new Frame(true, 0, Frame.TEXT, new byte[] {'a', (byte) 0xFF}).masked(), 1007);
            case 2 -> client.breakWith(Frame.text("x".repeat(5_000)).masked(), 1009);
            default -> client.breakWith(new Frame(true, 0, 0x3, new byte[] {1}).masked(), 1002);
        }
        if (random.nextBoolean()) {
            client.read(true);
        }
    }

    private void leave(Participant client) {
        int dice = random.nextInt(client.kind == Kind.EVENT_STREAM ? 3 : 6);
        note(client + " leaves: " + dice);
        client.leave(dice);
        if (random.nextBoolean()) {
            client.read(true);
        }
    }

    // Clients are checked.

    private void awaitEnd(Participant client) {
        client.read(true);
        client.client.awaitEnded();
        newCheck(client).requireAllowedEnd();
    }

    private ReadingCheck newCheck(Participant client) {
        ReadingCheck check = new ReadingCheck(client, journal, at.tally);
        check.check();
        return check;
    }
}
