package dev.hibiki.gateway.event;

import java.io.ByteArrayOutputStream;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Copies one JSON object from a parser, and adds the fields that every event has: {@code title} when it is absent,
 * {@code id} when it is absent. An id that is null, or with which a client could not come back, is left out and counts as
 * absent. Not thread-safe. When several fields have the same name, the last one counts, as in {@code JSON.parse}.
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
    private final Surrogates surrogates;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(1024);

    // The state of the event that is being written.
    private @Nullable String id;
    private @Nullable String route;
    private @Nullable String key;
    private boolean idIsNumber;
    private @Nullable String idProblem;
    private boolean titleSeen;
    private boolean controlKeySeen;
    private int fields;

    EventWriter(JsonFactory factory, int maxDepth, String routingField, String keyField, Surrogates surrogates) {
        this.factory = factory;
        this.maxDepth = maxDepth;
        this.routingField = routingField;
        this.keyField = keyField;
        this.surrogates = surrogates;
    }

    /** The top-level field whose value is the route of an event. */
    String routingField() {
        return routingField;
    }

    /**
     * Copies the object whose START_OBJECT the parser is on; leaves the parser on its END_OBJECT.
     *
     * @param stamp asked for the id of an event that has none of its own; an empty one is not written
     */
    Event write(JsonParser parser, Supplier<String> stamp) throws RejectedEventException {
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
            String resumeId = id;
            if (resumeId == null) {
                resumeId = stamp.get();
                if (!resumeId.isEmpty()) {
                    generator.writeStringProperty(ID, resumeId);
                }
            }
            generator.writeEndObject();
            generator.flush();
            int replaced = surrogates.countUpTo(parser.currentLocation().getCharOffset());
            return new Event(out.toByteArray(), resumeId, route, key, replaced, alias(), id == null ? idProblem : null);
        }
    }

    private void reset() {
        out.reset();
        id = null;
        route = null;
        key = null;
        idIsNumber = false;
        idProblem = null;
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
        if (name.equals(ID) && !readId(parser, value)) {
            skipValue(parser, value);
            return;
        }
        if (name.equals(routingField)) {
            route = scalarText(parser, value);
        }
        if (name.equals(keyField)) {
            key = scalarText(parser, value);
        }
        generator.writeName(name);
        copyValue(parser, generator, value);
    }

    /** Takes the id that the parser is on. @return false when the event has to do without it */
    private boolean readId(JsonParser parser, JsonToken value) {
        if (value == JsonToken.VALUE_NULL) {
            return false;
        }
        String problem = EventIds.problem(parser, value);
        if (problem != null) {
            idProblem = problem;
            return false;
        }
        id = parser.getString();
        idIsNumber = value.isNumeric();
        return true;
    }

    /** Not before the last id is known: an event may have thousands, and the text of a number takes long. */
    private @Nullable String alias() {
        String own = id;
        if (own == null) {
            return null;
        }
        return idIsNumber ? IdAlias.ofNumber(own) : IdAlias.ofString(own);
    }

    private void skipValue(JsonParser parser, JsonToken first) throws RejectedEventException {
        int depth = 1;
        for (JsonToken token = first; ; token = parser.nextToken()) {
            if (token.isStructStart()) {
                requireDepth(++depth);
            } else if (token.isStructEnd()) {
                depth--;
            }
            if (depth == 1) {
                return;
            }
        }
    }

    private void requireDepth(int depth) throws RejectedEventException {
        if (depth > maxDepth) {
            throw new RejectedEventException(Rejection.TOO_DEEP, "nested deeper than " + maxDepth + " levels");
        }
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
                    requireDepth(++depth);
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
