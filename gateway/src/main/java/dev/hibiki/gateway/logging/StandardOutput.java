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

    /** Returns true when standard output did not take something since the last call, as a full disk or a closed pipe. */
    static boolean hasFailed() {
        if (!(System.out instanceof StandardOutput output)) {
            return false;
        }
        boolean failed = output.checkError();
        output.clearError();
        return failed;
    }
}
