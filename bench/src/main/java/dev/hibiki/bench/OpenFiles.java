package dev.hibiki.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many sockets this process may have. The JVM raises its soft limit to the hard one by itself. */
final class OpenFiles {
    /** For the JVM's own files, the selector and the publisher. */
    static final long RESERVED = 100;

    private static final Pattern LINE = Pattern.compile("(?m)^Max open files\\s+\\d+\\s+(\\d+)");

    private OpenFiles() {}

    static long limit() {
        try {
            Matcher matcher = LINE.matcher(Files.readString(Path.of("/proc/self/limits")));
            return matcher.find() ? Long.parseLong(matcher.group(1)) : Long.MAX_VALUE;
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }
}
