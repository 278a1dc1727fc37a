package dev.hibiki.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A program that runs beside the tests. Its output goes to a file and is shown when it fails. Confined to its fixture.
 *
 * <p>It sends signals with the shell's {@code kill}, because Java has only TERM and KILL. A stopped (SIGSTOP) program would not handle a TERM,
 * so {@link #stop()} continues it first.
 */
final class ExternalProcess {
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Duration KILL_GRACE = Duration.ofSeconds(10);

    private final String name;
    private final Path log;
    private final Process process;

    private ExternalProcess(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
    }

    /** Runs the command in the folder; its output is appended to {@code <name>.log} there. */
    static ExternalProcess start(String name, TempFolder folder, List<String> command) {
        return start(name, folder, command, Map.of());
    }

    /** Runs the command with these variables in addition to those of the tests. */
    static ExternalProcess start(
            String name, TempFolder folder, List<String> command, Map<String, String> environment) {
        Path log = folder.file(name + ".log");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.path().toFile())
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().putAll(environment);
            return new ExternalProcess(name, log, builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Polls until the program is ready. If it ends or takes too long, this kills it and fails with its output. */
    void awaitReady(Duration allowed, BooleanSupplier ready) {
        Deadline deadline = Deadline.in(allowed);
        try {
            deadline.awaitUntil(() -> name + " is ready", () -> !process.isAlive() || ready.getAsBoolean());
        } catch (AssertionError late) {
            kill();
            throw new IllegalStateException(late.getMessage() + "; its output:\n" + output(), late);
        }
        if (!process.isAlive()) {
            throw new IllegalStateException(ending());
        }
    }

    /** Waits for a program to end; fails with its output unless it ends in time with exit code 0. */
    void awaitSuccess(Duration allowed) {
        if (!endsWithin(allowed)) {
            kill();
            throw new IllegalStateException(
                    name + " ran longer than " + allowed.toSeconds() + " s; its output:\n" + output());
        }
        if (process.exitValue() != 0) {
            throw new IllegalStateException(ending());
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    private String ending() {
        return name + " ended with exit code " + process.exitValue() + "; its output:\n" + output();
    }

    String output() {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "(no output: " + e + ")";
        }
    }

    /**
     * Sends TERM and waits for the program and its descendants: a master that gets TERM during a reload ends at once, its workers end a moment
     * later. Processes that do not end in time are killed.
     */
    void stop() {
        if (!process.isAlive()) {
            return;
        }
        List<ProcessHandle> started = process.descendants().toList();
        signal("CONT");
        process.destroy();
        if (!endsWithin(GRACE)) {
            process.destroyForcibly();
        }
        awaitEnd(started);
    }

    /** Sends KILL to the program and its descendants, and waits until all have ended. */
    void kill() {
        List<ProcessHandle> started = process.descendants().toList();
        process.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
        awaitEnd(started);
    }

    private void awaitEnd(List<ProcessHandle> started) {
        if (!endsWithin(KILL_GRACE)) {
            throw new IllegalStateException(name + " (process " + process.pid() + ") survived KILL");
        }
        Deadline deadline = Deadline.in(GRACE);
        try {
            deadline.awaitUntil(
                    () -> "all that " + name + " started has ended",
                    () -> started.stream().noneMatch(ExternalProcess::runs));
        } catch (AssertionError late) {
            started.forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** Whether a process still runs; a zombie does not (proc(5), the third field of {@code stat}). */
    static boolean runs(ProcessHandle handle) {
        try {
            String stat = Files.readString(Path.of("/proc/" + handle.pid() + "/stat"), StandardCharsets.ISO_8859_1);
            return !stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException gone) {
            return false;
        }
    }

    /** Whether the program handles this signal and does not block it, by its number in signal(7) (proc(5), {@code SigCgt} and {@code SigBlk}). */
    boolean handles(int signal) {
        try {
            List<String> status = Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"));
            return isIn(status, "SigCgt:", signal) && !isIn(status, "SigBlk:", signal);
        } catch (IOException gone) {
            return false;
        }
    }

    private static boolean isIn(List<String> status, String set, int signal) {
        return status.stream()
                .filter(line -> line.startsWith(set))
                .map(line -> line.substring(set.length()).strip())
                .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) >>> (signal - 1) & 1) != 0);
    }

    /** Sends a signal for which Java has no method, such as STOP or CONT. */
    void signal(String signal) {
        try {
            Process kill = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!kill.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)
                    || (kill.exitValue() != 0 && process.isAlive())) {
                throw new IllegalStateException("Could not send " + signal + " to " + name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while sending " + signal + " to " + name, e);
        }
    }

    private boolean endsWithin(Duration allowed) {
        boolean interrupted = false;
        Deadline deadline = Deadline.in(allowed);
        try {
            while (true) {
                try {
                    return process.waitFor(deadline.remainingNs(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
