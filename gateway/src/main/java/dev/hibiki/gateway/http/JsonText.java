package dev.hibiki.gateway.http;

import java.io.StringWriter;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes small JSON documents. Stateless. */
public final class JsonText {
    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonText() {}

    public static String write(Consumer<JsonGenerator> content) {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
            content.accept(generator);
        }
        return out.toString();
    }

    /** An object with one string field. */
    static String object(String name, String value) {
        return write(
                json -> json.writeStartObject().writeStringProperty(name, value).writeEndObject());
    }

    public static void strings(JsonGenerator json, String name, List<String> values) {
        json.writeArrayPropertyStart(name);
        values.forEach(json::writeString);
        json.writeEndArray();
    }
}
