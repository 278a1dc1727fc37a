package dev.hibiki.gateway.http;

import io.netty.util.ByteProcessor;
import org.jspecify.annotations.Nullable;

/**
 * Checks the bytes of the head of a request against the grammar of RFC 9112, sections 2 to 5, before Netty decodes them.
 * Netty's decoder takes more: several spaces in the request line, a header on two lines, control characters. A proxy in
 * front may read these in another way, and then the two do not agree where a request ends. One pass, no memory; confined to
 * its event loop.
 */
final class HeadGrammar implements ByteProcessor {
    private enum Part {
        /** Empty lines before a request, which section 2.2 allows. */
        BEFORE,
        METHOD,
        TARGET,
        VERSION,
        LINE_START,
        NAME,
        VALUE,
        /** Behind the carriage return of a line. */
        LINE_FEED,
        END
    }

    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";
    /** The digits stand for any digit. */
    private static final String VERSION_FORM = "HTTP/0.0";

    private static final String NO_TARGET = "a character that no request target may have";
    private static final String NOT_ASCII =
            "a character in the request target that is not ASCII (expected: percent codes, such as %E5%8B%95 for \u52d5)";
    /** The problem with a client that speaks TLS. */
    static final String TLS = "it is TLS, and this port has none (expected: http:// or ws:// here)";
    /** The type of a TLS record with a handshake (RFC 8446, section 5.1). */
    private static final int TLS_HANDSHAKE = 0x16;

    private Part part = Part.BEFORE;
    /** The part that comes after the line feed. */
    private Part next = Part.BEFORE;
    /** The length of the method, target or version so far. */
    private int length;

    private @Nullable String problem;

    /** Begins with the next request. */
    void reset() {
        part = Part.BEFORE;
        length = 0;
        problem = null;
    }

    /** True when the empty line behind the headers has come. */
    boolean isComplete() {
        return part == Part.END;
    }

    /** What is wrong with the head; null when nothing is. */
    @Nullable String problem() {
        return problem;
    }

    /** Returns false at the last byte of the head, and at a byte that is wrong. */
    @Override
    public boolean process(byte value) {
        int c = value & 0xff;
        switch (part) {
            case BEFORE -> before(c);
            case METHOD -> word(c, isToken(c), Part.TARGET, "the method is not a token");
            case TARGET -> word(c, c > ' ' && c < 0x7f && c != '#', Part.VERSION, c < 0x80 ? NO_TARGET : NOT_ASCII);
            case VERSION -> version(c);
            case LINE_START -> lineStart(c);
            case NAME -> name(c);
            case VALUE -> value(c);
            case LINE_FEED -> lineFeed(c);
            case END -> throw new IllegalStateException("behind the head");
        }
        return problem == null && part != Part.END;
    }

    private void before(int c) {
        if (c == '\r') {
            endLine(Part.BEFORE);
        } else if (c == TLS_HANDSHAKE) {
            problem = TLS;
        } else {
            part = Part.METHOD;
            word(c, isToken(c), Part.TARGET, "the method is not a token");
        }
    }

    private void word(int c, boolean allowed, Part following, String otherwise) {
        if (c == ' ' && length > 0) {
            part = following;
            length = 0;
        } else if (allowed) {
            length++;
        } else {
            problem = c == ' ' ? "more than one space in the request line" : otherwise;
        }
    }

    private void version(int c) {
        if (length < VERSION_FORM.length()) {
            char expected = VERSION_FORM.charAt(length++);
            if (expected == '0' ? c < '0' || c > '9' : c != expected) {
                problem = "the request line has no version of HTTP";
            }
        } else if (c == '\r') {
            endLine(Part.LINE_START);
        } else {
            problem = "the request line does not end behind its version";
        }
    }

    private void lineStart(int c) {
        if (c == '\r') {
            endLine(Part.END);
        } else if (c == ' ' || c == '\t') {
            problem = "a header on more than one line";
        } else if (c == ':') {
            problem = "a header without a name";
        } else {
            part = Part.NAME;
            name(c);
        }
    }

    private void name(int c) {
        if (c == ':') {
            part = Part.VALUE;
        } else if (!isToken(c)) {
            problem = c == ' ' || c == '\t'
                    ? "white space before the colon of a header"
                    : "the name of a header is not a token";
        }
    }

    private void value(int c) {
        if (c == '\r') {
            endLine(Part.LINE_START);
        } else if ((c < ' ' && c != '\t') || c == 0x7f) {
            problem = c == '\n' ? "a line that does not end with CR LF" : "a control character in a header";
        }
    }

    private void endLine(Part following) {
        part = Part.LINE_FEED;
        next = following;
        length = 0;
    }

    private void lineFeed(int c) {
        if (c == '\n') {
            part = next;
        } else {
            problem = "a CR without LF";
        }
    }

    /** Section 5.6.2 of RFC 9110. */
    private static boolean isToken(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || TOKEN_MARKS.indexOf(c) >= 0;
    }
}
