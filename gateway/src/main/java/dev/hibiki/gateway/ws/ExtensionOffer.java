package dev.hibiki.gateway.ws;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One of the extensions that a client offers in its {@code Sec-WebSocket-Extensions} headers. Immutable. */
record ExtensionOffer(String name, List<Parameter> parameters) {
    /** @param value without quotes; null when there is none */
    record Parameter(String name, @Nullable String value) {}

    /** The header breaks the grammar, which is to fail the connection (RFC 6455, section 9.1). */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        private MalformedException() {
            super("malformed", null, false, false);
        }
    }

    /**
     * Reads all offers, in the client's order of preference. Several headers mean the same as one with all their
     * values.
     *
     * @param lines the headers' values; an empty one offers nothing
     */
    static List<ExtensionOffer> parse(List<String> lines) throws MalformedException {
        List<ExtensionOffer> offers = new ArrayList<>();
        for (String line : lines) {
            new Reader(line).readList(offers);
        }
        return offers;
    }

    /** Reads by the grammar of section 9.1, with the lists and the tokens of RFC 2616, sections 2.1 and 2.2. */
    private static final class Reader {
        private static final String SEPARATORS = "()<>@,;:\\\"/[]?={} \t";
        private static final int END = -1;

        private final String line;
        private int position;

        Reader(String line) {
            this.line = line;
        }

        /** Lists may have empty elements. */
        void readList(List<ExtensionOffer> offers) throws MalformedException {
            skipBlanks();
            while (peek() != END) {
                if (peek() != ',') {
                    offers.add(offer());
                }
                if (peek() != END) {
                    expect(',');
                }
            }
        }

        private ExtensionOffer offer() throws MalformedException {
            String name = token();
            List<Parameter> parameters = new ArrayList<>(4);
            while (peek() == ';') {
                expect(';');
                String parameter = token();
                String value = null;
                if (peek() == '=') {
                    expect('=');
                    value = peek() == '"' ? quoted() : token();
                }
                parameters.add(new Parameter(parameter, value));
            }
            return new ExtensionOffer(name, List.copyOf(parameters));
        }

        private String token() throws MalformedException {
            int start = position;
            while (isTokenCharacter(peek())) {
                position++;
            }
            require(position > start);
            String token = line.substring(start, position);
            skipBlanks();
            return token;
        }

        /** The value in quotes, without its escapes, must be a token. */
        private String quoted() throws MalformedException {
            StringBuilder value = new StringBuilder();
            position++;
            while (peek() != '"') {
                if (peek() == '\\') {
                    position++;
                }
                require(isTokenCharacter(peek()));
                value.append(line.charAt(position++));
            }
            require(!value.isEmpty());
            expect('"');
            return value.toString();
        }

        private static boolean isTokenCharacter(int c) {
            return c > ' ' && c < 0x7F && SEPARATORS.indexOf(c) < 0;
        }

        private int peek() {
            return position < line.length() ? line.charAt(position) : END;
        }

        /** Takes this character and the blanks behind it. */
        private void expect(char expected) throws MalformedException {
            require(peek() == expected);
            position++;
            skipBlanks();
        }

        private void skipBlanks() {
            while (peek() == ' ' || peek() == '\t') {
                position++;
            }
        }

        private static void require(boolean condition) throws MalformedException {
            if (!condition) {
                throw new MalformedException();
            }
        }
    }
}
