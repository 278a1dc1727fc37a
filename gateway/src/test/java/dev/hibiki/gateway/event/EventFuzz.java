package dev.hibiki.gateway.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Fuzz target: an event, or an array of them. What is accepted is valid JSON with id and title, within the limit of nesting;
 * it is the same event when it is parsed again; and its bytes have the id by which clients resume. A batch has the same
 * events as its elements alone. See {@link dev.hibiki.gateway.fuzz}.
 */
public final class EventFuzz {
    private static final EventLimits LIMITS = new EventLimits(4_096, 8);
    /** Its ids are too many to matter, and no key or route. */
    private static final EventParser PARSER = new EventParser(LIMITS, "region", "key", new EventIds("e"));

    private EventFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        @Nullable Event event = parse(input);
        if (event != null) {
            requireStable(event);
        }
        List<Event> batch;
        try {
            batch = PARSER.parseBatch(input);
        } catch (RejectedEventException e) {
            require(event == null || e.rejection() == Rejection.TOO_LARGE, "alone it is an event, but not as a batch");
            return;
        }
        batch.forEach(EventFuzz::requireStable);
        if (event != null) {
            require(batch.size() == 1, "one event is a batch of one");
            require(Objects.equals(event.route(), batch.get(0).route()), "the same route");
        }
    }

    private static @Nullable Event parse(byte[] bytes) {
        try {
            return PARSER.parse(bytes);
        } catch (RejectedEventException e) {
            require(!e.getMessage().isEmpty(), "a reason");
            return null;
        }
    }

    private static void requireStable(Event event) {
        byte[] json = event.json();
        String text = new String(json, StandardCharsets.UTF_8);
        require(Arrays.equals(text.getBytes(StandardCharsets.UTF_8), json), "UTF-8");
        require(text.indexOf('\n') < 0 && text.indexOf('\r') < 0, "one line, for event streams");
        require(text.contains("\"title\":") && text.contains("\"id\":"), "title and id");
        require(event.id().equals(EventIds.of(json)), "the id in the bytes is that of the event");
        require(EventIds.isUsable(event.id()), "a client can come back with it");
        Event again;
        try {
            again = new EventParser(
                            new EventLimits(Integer.MAX_VALUE, LIMITS.maxDepth()), "region", "key", new EventIds("f"))
                    .parse(json);
        } catch (RejectedEventException e) {
            throw new AssertionError("no event any more: " + text, e);
        }
        require(Arrays.equals(again.json(), json), "the same bytes");
        require(
                Objects.equals(again.route(), event.route()) && Objects.equals(again.key(), event.key()),
                "the same fields");
        require(
                again.id().equals(event.id()) && Objects.equals(again.alias(), event.alias()),
                "the same id, and another text of it");
        require(again.idProblem() == null, "ids are replaced once");
        require(again.replacedSurrogates() == 0, "surrogates are replaced once");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}
