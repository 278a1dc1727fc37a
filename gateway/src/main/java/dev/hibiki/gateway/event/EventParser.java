package dev.hibiki.gateway.event;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Makes {@link Event}s from published bytes. Each event is parsed once and written once. Not thread-safe, since it reuses
 * its buffers: each ingesting thread needs its own parser, or a lock.
 *
 * <p>The bytes are first decoded strictly, since Jackson accepts overlong forms and encoded surrogates. Then they are
 * copied token by token from the parser to the generator. Escapes in strings are resolved: a backslash and u65b0 become
 * 新. Numbers are copied digit by digit, so that 1.10 stays 1.10 and a large integer keeps its value.
 */
public final class EventParser {
    private static final int DECODE_BUFFER_CHARS = 4096;

    private final EventLimits limits;
    private final EventWriter writer;
    private final Supplier<String> ids;
    private final JsonFactory factory;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final Surrogates surrogates = new Surrogates();
    private CharBuffer chars = CharBuffer.allocate(DECODE_BUFFER_CHARS);

    /**
     * @param limits the limits for each event
     * @param routingField the top-level field whose string or number value is the route of an event
     * @param keyField the top-level field whose string or number value is the key of an event
     * @param ids the ids for events that have none of their own; null to leave these events without an id
     */
    public EventParser(EventLimits limits, String routingField, String keyField, @Nullable EventIds ids) {
        this.limits = limits;
        // This class checks size and depth itself, so that the error can name them. A batch has one level more.
        this.factory = EventJson.factory(limits.maxDepth() + 2);
        this.writer = new EventWriter(factory, limits.maxDepth(), routingField, keyField, surrogates);
        this.ids = ids == null ? () -> "" : ids::next;
    }

    /** A parser of events whose key does not matter. */
    public EventParser(EventLimits limits, String routingField, EventIds ids) {
        this(limits, routingField, "", ids);
    }

    /** As {@link #parse(byte[], Supplier)}, with the next id of this parser. */
    public Event parse(byte[] bytes) throws RejectedEventException {
        return parse(bytes, ids);
    }

    /**
     * Parses one event.
     *
     * @param stamp gives the id of an event that carries none of its own, and is asked only then
     * @throws RejectedEventException when the bytes are not exactly one JSON object within limits
     */
    public Event parse(byte[] bytes, Supplier<String> stamp) throws RejectedEventException {
        requireSize(bytes.length - ByteOrderMark.length(bytes));
        decode(bytes);
        try (JsonParser parser = newParser()) {
            JsonToken first = parser.nextToken();
            if (first != JsonToken.START_OBJECT) {
                throw notObject(parser, first, "");
            }
            Event event = writer.write(parser, stamp);
            requireEnd(parser, bytes);
            return event;
        } catch (JacksonException e) {
            throw notJson(bytes);
        }
    }

    /**
     * Parses one event or an array of events. When one is not valid, none is returned.
     *
     * @throws RejectedEventException when one is not valid; the detail names the element
     */
    public List<Event> parseBatch(byte[] bytes) throws RejectedEventException {
        decode(bytes);
        try (JsonParser parser = newParser()) {
            JsonToken first = parser.nextToken();
            List<Event> events = new ArrayList<>();
            if (first == JsonToken.START_OBJECT) {
                events.add(readSized(parser, "the event"));
            } else if (first == JsonToken.START_ARRAY) {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    String what = "element " + events.size();
                    if (parser.currentToken() != JsonToken.START_OBJECT) {
                        throw notObject(parser, parser.currentToken(), what + ": ");
                    }
                    events.add(readSized(parser, what));
                }
            } else {
                throw notObject(parser, first, "");
            }
            requireEnd(parser, bytes);
            return events;
        } catch (JacksonException e) {
            throw notJson(bytes);
        }
    }

    /** Returns the largest event that is not rejected, in bytes. Thread-safe. */
    public int maxEventBytes() {
        return limits.maxBytes();
    }

    /** Returns the top-level field whose value is the route of an event. Thread-safe. */
    public String routingField() {
        return writer.routingField();
    }

    private Event readSized(JsonParser parser, String what) throws RejectedEventException {
        try {
            Event event = writer.write(parser, ids);
            requireSize(event.json().length);
            return event;
        } catch (RejectedEventException e) {
            throw new RejectedEventException(e.rejection(), what + ": " + e.getMessage());
        }
    }

    private void requireSize(int bytes) throws RejectedEventException {
        if (bytes > limits.maxBytes()) {
            throw new RejectedEventException(
                    Rejection.TOO_LARGE,
                    bytes + " bytes (expected: at most " + limits.maxBytes() + "; --max-event-bytes)");
        }
    }

    private void decode(byte[] bytes) throws RejectedEventException {
        // UTF-8 never decodes to more UTF-16 units than it has bytes.
        if (chars.capacity() < bytes.length) {
            chars = CharBuffer.allocate(Math.max(bytes.length, 2 * chars.capacity()));
        }
        chars.clear();
        int mark = ByteOrderMark.length(bytes);
        ByteBuffer in = ByteBuffer.wrap(bytes, mark, bytes.length - mark);
        decoder.reset();
        if (decoder.decode(in, chars, true).isError()) {
            int position = in.position();
            throw new RejectedEventException(Rejection.INVALID_UTF8, () -> LikelyEncoding.describe(bytes, position));
        }
        chars.flip();
        surrogates.replaceLone(chars.array(), chars.limit());
    }

    private JsonParser newParser() {
        return factory.createParser(ObjectReadContext.empty(), chars.array(), 0, chars.limit());
    }

    private void requireEnd(JsonParser parser, byte[] bytes) throws RejectedEventException {
        if (parser.nextToken() != null) {
            throw notJson(bytes);
        }
    }

    /** @param what the element of an array, with a colon; empty for the event itself */
    private static RejectedEventException notObject(JsonParser parser, @Nullable JsonToken found, String what) {
        String problem = found == null
                ? "the event is empty (expected: a JSON object; PHP sends nothing when json_encode() returned false:"
                        + " json_last_error_msg() says why)"
                : what + FaultText.notObject(found, found == JsonToken.VALUE_STRING ? parser.getString() : "");
        return new RejectedEventException(Rejection.NOT_OBJECT, problem);
    }

    private static RejectedEventException notJson(byte[] bytes) {
        String other = LikelyEncoding.byBeginning(bytes);
        String noText = other == null ? LikelyEncoding.byEscape(bytes) : other;
        return noText == null
                ? new RejectedEventException(Rejection.NOT_JSON, () -> notJsonText(bytes))
                : new RejectedEventException(Rejection.INVALID_UTF8, noText);
    }

    /** Decodes the bytes again, since the parser may have gone on to another event. */
    private static String notJsonText(byte[] bytes) {
        int mark = ByteOrderMark.length(bytes);
        String text = new String(bytes, mark, bytes.length - mark, StandardCharsets.UTF_8);
        return FaultText.notJson(CharBuffer.wrap(text), mark);
    }
}
