package dev.hibiki.gateway.auth;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads JSON that decides about rights, such as a token, so strictly that no two readers can understand it in two ways: valid
 * UTF-8, exactly one object, no member twice, no lone surrogates, which no UTF-8 has. Stateless.
 */
final class StrictJson {
    private static final int MAX_DEPTH = 32;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build();

    /** The text is not such JSON. The message says why, and repeats nothing of the text. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String what) {
            super(what, null, false, false);
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }

    /** Reads the value of a member: the parser is on its first token, and must be left on its last. */
    interface Member {
        void read(String name, JsonParser json) throws MalformedException;
    }

    private StrictJson() {}

    /** Reads the one object of these bytes. */
    static void readObject(byte[] utf8, Member member) throws MalformedException {
        try (JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), decode(utf8))) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new MalformedException("not a JSON object");
            }
            readMembers(json, member);
            if (json.nextToken() != null) {
                throw new MalformedException("there is more text after the JSON object");
            }
        } catch (JacksonException e) {
            throw new MalformedException("not JSON");
        }
    }

    /** Reads the object that the parser is at the beginning of. */
    static void readMembers(JsonParser json, Member member) throws MalformedException {
        String name;
        while ((name = json.nextName()) != null) {
            json.nextToken();
            member.read(name, json);
        }
    }

    private static String decode(byte[] utf8) throws MalformedException {
        try { // A new decoder reports what is malformed.
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedException("not UTF-8");
        }
    }

    /**
     * The value of a string that UTF-8 can encode.
     *
     * @param what the name of the value, for the message
     */
    static String string(String what, JsonParser json) throws MalformedException {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            String text = json.getString();
            if (StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
                return text;
            }
        }
        throw new MalformedException('"' + what + "\" is not a string of valid Unicode");
    }
}
