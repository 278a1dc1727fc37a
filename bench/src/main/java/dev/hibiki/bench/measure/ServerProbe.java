package dev.hibiki.bench.measure;

import dev.hibiki.bench.measure.ProcessCpu.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** CPU and memory of the processes that make up the server (none is fine). Confined to the sampling thread. */
public final class ServerProbe {
    private static final Pattern RSS = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Pattern HISTOGRAM_TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

    private final List<Long> pids;
    private final List<ProcessCpu> cpus = new ArrayList<>();
    private Usage last = Usage.NONE;

    public ServerProbe(List<Long> pids) {
        this.pids = List.copyOf(pids);
        pids.forEach(pid -> cpus.add(new ProcessCpu(pid)));
    }

    public boolean known() {
        return !pids.isEmpty();
    }

    /** CPU used by all of them; the last known figure once one is gone. */
    public Usage cpu() {
        Usage sum = Usage.NONE;
        try {
            for (ProcessCpu cpu : cpus) {
                sum = sum.plus(cpu.read());
            }
        } catch (IOException | RuntimeException e) {
            return last;
        }
        last = sum;
        return sum;
    }

    /** Resident bytes; -1 when there is no process to ask. */
    public long rssBytes() {
        long sum = 0;
        for (long pid : pids) {
            try {
                Matcher matcher = RSS.matcher(Files.readString(Path.of("/proc", Long.toString(pid), "status")));
                sum += matcher.find() ? Long.parseLong(matcher.group(1)) * 1024 : 0;
            } catch (IOException e) {
                return -1;
            }
        }
        return known() ? sum : -1;
    }

    /** Bytes of live objects after a full collection, by jcmd; -1 when the server is no JVM or jcmd is not there. */
    public long liveHeapBytes() {
        long sum = 0;
        for (long pid : pids) {
            String histogram = jcmd(pid, "GC.class_histogram");
            Matcher matcher = HISTOGRAM_TOTAL.matcher(histogram);
            if (!matcher.find()) {
                return -1;
            }
            sum += Long.parseLong(matcher.group(1));
        }
        return known() ? sum : -1;
    }

    /**
     * What jcmd printed; empty when it failed or took longer than a minute. It prints into a file: a JVM streams its
     * answer while all its threads are stopped, so one that asks about itself could never empty a pipe.
     */
    private static String jcmd(long pid, String command) {
        Path own = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        String jcmd = Files.isExecutable(own) ? own.toString() : "jcmd";
        try {
            Path out = Files.createTempFile("hibiki-bench", ".txt");
            try {
                Process process = new ProcessBuilder(jcmd, Long.toString(pid), command)
                        .redirectOutput(out.toFile())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (process.waitFor(1, TimeUnit.MINUTES)) {
                    return Files.readString(out);
                }
                process.destroyForcibly();
                return "";
            } finally {
                Files.deleteIfExists(out);
            }
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
