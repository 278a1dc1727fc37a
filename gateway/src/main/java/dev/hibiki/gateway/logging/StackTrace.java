package dev.hibiki.gateway.logging;

import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;

/** Writes a stack trace as Java does, but each line begins with a tab, and messages are escaped. Stateless. */
final class StackTrace {
    private StackTrace() {}

    /** Writes the lines, each with a line feed before it. */
    static void write(StringBuilder out, IThrowableProxy thrown) {
        write(out, thrown, "");
    }

    private static void write(StringBuilder out, IThrowableProxy thrown, String caption) {
        out.append("\n\t").append(caption).append(thrown.getClassName());
        if (thrown.getMessage() != null) {
            out.append(": ");
            LogEscapes.text(out, thrown.getMessage());
        }
        if (thrown.isCyclic()) {
            out.append(" (see above)");
            return;
        }
        StackTraceElementProxy[] frames = thrown.getStackTraceElementProxyArray();
        int own = frames.length - thrown.getCommonFrames();
        for (int i = 0; i < own; i++) {
            out.append("\n\t\t").append(frames[i].getSTEAsString());
        }
        if (own < frames.length) {
            out.append("\n\t\t... ").append(frames.length - own).append(" more");
        }
        for (IThrowableProxy suppressed : thrown.getSuppressed()) {
            write(out, suppressed, "Suppressed: ");
        }
        if (thrown.getCause() != null) {
            write(out, thrown.getCause(), "Caused by: ");
        }
    }
}
