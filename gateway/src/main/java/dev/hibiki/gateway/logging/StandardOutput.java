package dev.hibiki.gateway.logging;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Standard output in UTF-8: Java would write by the locale, and question marks without one. Tells of each failure, while a
 * {@link PrintStream} only tells that there ever was one. Thread-safe.
 */
public final class StandardOutput extends PrintStream {
    public StandardOutput() {
        super(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    }

    /** Returns true when something since the last call was not taken, as by a full disk or a closed pipe. */
    boolean hasFailed() {
        boolean failed = checkError();
        clearError();
        return failed;
    }
}
