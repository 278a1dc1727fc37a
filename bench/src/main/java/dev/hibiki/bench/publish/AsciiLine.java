package dev.hibiki.bench.publish;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Lines of a text protocol. Stateless. */
final class AsciiLine {
    private AsciiLine() {}

    /** The next line without its end; an error that names {@code peer} where there is none. */
    static String read(InputStream in, String peer) throws IOException {
        StringBuilder line = new StringBuilder(64);
        int b;
        while ((b = in.read()) != '\n') {
            if (b < 0) {
                throw new EOFException("closed by " + peer);
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }
}
