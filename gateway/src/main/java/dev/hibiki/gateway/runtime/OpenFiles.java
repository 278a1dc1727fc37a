package dev.hibiki.gateway.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How many files, sockets among them, this process may have open. */
public final class OpenFiles {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Pattern LINE = Pattern.compile("Max open files\\s+(\\d+)\\s.*");

    private OpenFiles() {}

    /** The limit in force; the largest number where there is none, or none that can be read. */
    public static long limit() {
        return limit(LIMITS);
    }

    static long limit(Path limits) {
        try (Stream<String> lines = Files.lines(limits)) {
            return lines.map(LINE::matcher)
                    .filter(Matcher::matches)
                    .mapToLong(line -> Long.parseLong(line.group(1)))
                    .findFirst()
                    .orElse(Long.MAX_VALUE);
        } catch (IOException | RuntimeException e) {
            return Long.MAX_VALUE;
        }
    }
}
