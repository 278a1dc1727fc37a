package dev.hibiki.gateway.event;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;

/** Helpers for tests of the parser, which stamps the ids {@code e-1}, {@code e-2} and so on. */
final class Parsers {
    private Parsers() {}

    static EventParser parser() {
        return parser(64 * 1024, 32);
    }

    static EventParser parser(int maxBytes, int maxDepth) {
        return new EventParser(new EventLimits(maxBytes, maxDepth), "region", new EventIds("e"));
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(Event event) {
        return new String(event.json(), StandardCharsets.UTF_8);
    }

    /** The one event of this text, parsed by a new parser. */
    static Event parse(String json) throws RejectedEventException {
        return parser().parse(utf8(json));
    }

    static RejectedEventException rejected(EventParser parser, byte[] bytes) {
        return catchThrowableOfType(RejectedEventException.class, () -> parser.parse(bytes));
    }

    static RejectedEventException rejected(EventParser parser, String json) {
        return rejected(parser, utf8(json));
    }

    /** An event whose arrays and objects nest this deep, itself included. */
    static String nested(int depth) {
        return "{\"a\":" + "[".repeat(depth - 1) + "]".repeat(depth - 1) + '}';
    }
}
