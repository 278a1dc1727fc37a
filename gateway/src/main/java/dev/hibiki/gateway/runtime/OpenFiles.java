package dev.hibiki.gateway.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The limit for the open files of this process, which include its sockets. Stateless. */
public final class OpenFiles {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Pattern LINE = Pattern.compile("Max open files\\s+(\\d+)\\s.*");

    private OpenFiles() {}

    /** The limit; {@link Long#MAX_VALUE} when there is none or it cannot be read. */
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
