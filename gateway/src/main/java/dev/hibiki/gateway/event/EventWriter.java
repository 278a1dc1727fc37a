package dev.hibiki.gateway.event;

import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Copies one JSON object from a parser, and adds the fields that every event has: {@code title} when it is absent,
 * {@code id} when it is absent or null. Not thread-safe. When several fields have the same name, the last one counts, as in
 * {@code JSON.parse}.
 */
final class EventWriter {
    private static final String ID = "id";
    private static final String TITLE = "title";
    /** The only key of a control message in the {@code hibiki.v1} subprotocol. */
    private static final String CONTROL_KEY = "$";

    private final JsonFactory factory;
    private final int maxDepth;
    private final String routingField;
    private final String keyField;
    private final @Nullable EventIds ids;
    private final Surrogates surrogates;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(1024);

    // The state of the event that is being written.
    private @Nullable String id;
    private @Nullable String route;
    private @Nullable String key;
    private boolean idWritten;
    private boolean titleSeen;
    private boolean controlKeySeen;
    private int fields;

    EventWriter(
            JsonFactory factory,
            int maxDepth,
            String routingField,
            String keyField,
            @Nullable EventIds ids,
            Surrogates surrogates) {
        this.factory = factory;
        this.maxDepth = maxDepth;
        this.routingField = routingField;
        this.keyField = keyField;
        this.ids = ids;
        this.surrogates = surrogates;
    }

    /**
     * Copies the object whose START_OBJECT the parser is on; leaves the parser on its END_OBJECT.
     *
     * @param stamp the id for an event that has none of its own; null for the next id of this writer
     */
    Event write(JsonParser parser, @Nullable String stamp) throws RejectedEventException {
        reset();
        try (JsonGenerator generator = factory.createGenerator(ObjectWriteContext.empty(), out)) {
            generator.writeStartObject();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                copyField(parser, generator);
            }
            if (fields == 1 && controlKeySeen) {
                throw new RejectedEventException(
                        Rejection.RESERVED_KEY, "the only key is \"$\", which marks a control message");
            }
            if (!titleSeen) {
                generator.writeStringProperty(TITLE, "");
            }
            String resumeId = id != null ? id : nextId(stamp);
            if (!idWritten && !resumeId.isEmpty()) {
                generator.writeStringProperty(ID, resumeId);
            }
            generator.writeEndObject();
            generator.flush();
            int replaced = surrogates.countUpTo(parser.currentLocation().getCharOffset());
            return new Event(out.toByteArray(), resumeId, route, key, replaced);
        }
    }

    private String nextId(@Nullable String stamp) {
        if (stamp != null) {
            return stamp;
        }
        return ids == null ? "" : ids.next();
    }

    private void reset() {
        out.reset();
        id = null;
        route = null;
        key = null;
        idWritten = false;
        titleSeen = false;
        controlKeySeen = false;
        fields = 0;
    }

    private void copyField(JsonParser parser, JsonGenerator generator) throws RejectedEventException {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        fields++;
        controlKeySeen |= name.equals(CONTROL_KEY);
        titleSeen |= name.equals(TITLE);
        if (name.equals(routingField)) {
            route = scalarText(parser, value);
        }
        if (name.equals(keyField)) {
            key = scalarText(parser, value);
        }
        if (name.equals(ID)) {
            if (value == JsonToken.VALUE_NULL) {
                return; // The id is written at the end instead.
            }
            String text = scalarText(parser, value);
            id = text != null && EventIds.isUsable(text) ? text : null;
            idWritten = true;
        }
        generator.writeName(name);
        copyValue(parser, generator, value);
    }

    private @Nullable String scalarText(JsonParser parser, JsonToken token) {
        if (token != JsonToken.VALUE_STRING && !token.isNumeric()) {
            return null;
        }
        String text = parser.getString();
        return text.isEmpty() ? null : text;
    }

    private void copyValue(JsonParser parser, JsonGenerator generator, JsonToken first) throws RejectedEventException {
        int depth = 1;
        for (JsonToken token = first; ; token = parser.nextToken()) {
            switch (token) {
                case START_OBJECT, START_ARRAY -> {
                    if (++depth > maxDepth) {
                        throw new RejectedEventException(
                                Rejection.TOO_DEEP, "nested deeper than " + maxDepth + " levels");
                    }
                    if (token == JsonToken.START_OBJECT) {
                        generator.writeStartObject();
                    } else {
                        generator.writeStartArray();
                    }
                }
                case END_OBJECT -> {
                    depth--;
                    generator.writeEndObject();
                }
                case END_ARRAY -> {
                    depth--;
                    generator.writeEndArray();
                }
                case PROPERTY_NAME -> generator.writeName(parser.currentName());
                default -> copyScalar(parser, generator, token);
            }
            if (depth == 1) {
                return;
            }
        }
    }

    private void copyScalar(JsonParser parser, JsonGenerator generator, JsonToken token) {
        switch (token) {
            case VALUE_STRING ->
                generator.writeString(parser.getStringCharacters(), parser.getStringOffset(), parser.getStringLength());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> generator.writeNumber(parser.getString());
            case VALUE_TRUE -> generator.writeBoolean(true);
            case VALUE_FALSE -> generator.writeBoolean(false);
            case VALUE_NULL -> generator.writeNull();
            default -> throw new IllegalStateException("token " + token);
        }
    }
}
