package dev.hibiki.gateway.session;

import static dev.hibiki.gateway.session.ReadingCheck.require;

import dev.hibiki.gateway.session.EventJournal.TopicKey;
import dev.hibiki.gateway.session.ScheduleClient.Kind;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds out where a client begins to read topics, and checks what the gateway says about it. Confined to the thread of the test. */
final class ReadingStart {
    /** A log surely keeps so much, with the headers of its frames. */
    private static final long RETAINED_BYTES = ScheduleGateway.LOG_BYTES * 9L / 10;

    private final Participant client;
    private final EventJournal journal;

    ReadingStart(Participant client, EventJournal journal) {
        this.client = client;
        this.journal = journal;
    }

    /**
     * Returns the start, which is the same for all these topics.
     *
     * @param named the last event as the client named it; null without
     * @param resume what the gateway said; null for a client that is told nothing
     * @param id the last event before these topics, as the gateway said; null when there was none
     * @param issued the events from this number on come after the start
     */
    TopicReading find(
            Set<TopicKey> topics, @Nullable Integer named, @Nullable String resume, @Nullable String id, int issued) {
        int last = id == null ? -1 : Integer.parseInt(id.substring(1));
        if (named == null) {
            if (resume == null) {
                return TopicReading.between(client.settledBefore - 1, issued - 1);
            }
            require(resume.equals(client.kind == Kind.HIBIKI_V1 ? "new" : "ok"), "the client named no event");
            return TopicReading.after(last);
        }
        Boolean retained = isRetained(named, topics, issued);
        if (resume == null) {
            return retained == null
                    ? TopicReading.between(named, issued - 1)
                    : retained ? TopicReading.after(named) : TopicReading.between(client.settledBefore - 1, issued - 1);
        }
        require(
                retained == null || resume.equals(retained ? "ok" : "gap"),
                "the log " + (retained != null && retained ? "surely has e" : "never had e") + named);
        if (resume.equals("ok")) {
            return TopicReading.after(named);
        }
        // Some of the topics may begin behind the named event, while others have lost it. Then the id is that of the
        // event.
        boolean partly = retained == null && topics.size() > 1;
        return TopicReading.between(partly ? named : last, partly && last == named ? issued - 1 : last);
    }

    /** Whether the gateway can still send all events after this one; null when the test cannot know. */
    private @Nullable Boolean isRetained(int named, Set<TopicKey> topics, int issued) {
        Set<String> channels = topics.stream().map(TopicKey::channel).collect(Collectors.toSet());
        if (named == Participant.UNKNOWN
                || !channels.contains(journal.get(named).channel())) {
            return false;
        }
        return channels.stream().allMatch(channel -> journal.bytes(channel, named, issued) < RETAINED_BYTES)
                ? true
                : null;
    }
}
