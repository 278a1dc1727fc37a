package dev.hibiki.bench.measure;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The CPU time of one process, two ways. Confined to the sampling thread.
 *
 * <p>{@code /proc/PID/schedstat} is the main thread's only, so the exact figure is the sum over {@code task/}. A thread that
 * has ended is gone from there: what it had used when last seen stays in the sum, hence call {@link #read} every second or
 * so. {@code /proc/PID/stat} includes ended threads but counts in hundredths of a second: it is the cross-check.
 */
public final class ProcessCpu {
    private static final long NS_PER_TICK = 10_000_000;

    private final Path process;
    private final Map<String, Long> threadNs = new HashMap<>();
    private long endedNs;

    public ProcessCpu(long pid) {
        this(Path.of("/proc", Long.toString(pid)));
    }

    ProcessCpu(Path process) {
        this.process = process;
    }

    /** Nanoseconds on a CPU since the process began, from the scheduler and from the tick-based account. */
    public record Usage(long schedNs, long statNs) {
        public static final Usage NONE = new Usage(0, 0);

        public Usage plus(Usage other) {
            return new Usage(schedNs + other.schedNs, statNs + other.statNs);
        }

        public Usage minus(Usage other) {
            return new Usage(schedNs - other.schedNs, statNs - other.statNs);
        }
    }

    public boolean exists() {
        return Files.isReadable(process.resolve("stat"));
    }

    /** What was used up to now; what was last known when the process is gone. */
    public Usage read() throws IOException {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
            for (Path thread : threads) {
                readThread(thread);
            }
        }
        long schedNs = endedNs;
        for (long ns : threadNs.values()) {
            schedNs += ns;
        }
        return new Usage(schedNs, statNs(Files.readString(process.resolve("stat"))));
    }

    private void readThread(Path thread) {
        long ns;
        try {
            String stat = Files.readString(thread.resolve("schedstat"));
            ns = Long.parseLong(stat.substring(0, stat.indexOf(' ')));
        } catch (IOException | RuntimeException e) {
            return; // ended while we looked
        }
        Long before = threadNs.put(thread.getFileName().toString(), ns);
        if (before != null && before > ns) {
            endedNs += before; // another thread has the id now
        }
    }

    static long statNs(String stat) {
        // The name, in brackets, may hold anything; utime and stime are fields 14 and 15.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * NS_PER_TICK;
    }
}
