package dev.hibiki.bench.scenario;

import dev.hibiki.bench.client.LoadClient;
import dev.hibiki.bench.measure.ProcessCpu;
import dev.hibiki.bench.measure.ProcessCpu.Usage;
import dev.hibiki.bench.measure.ServerProbe;
import dev.hibiki.bench.report.Second;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Lets time pass, and looks at everything once a second meanwhile. Confined to the scenario's thread. */
final class Sampler {
    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final LoadClient client;
    private final ServerProbe server;
    private final ProcessCpu self = new ProcessCpu(ProcessHandle.current().pid());
    private final Progress progress;
    private final List<Second> seconds = new ArrayList<>();
    private final long startNs = System.nanoTime();
    private String phase = "connect";
    private LongSupplier published = () -> 0;
    private Runnable onTick = () -> {};
    private Mark last;

    Sampler(LoadClient client, ServerProbe server, Progress progress) {
        this.client = client;
        this.server = server;
        this.progress = progress;
        last = new Mark(startNs, 0, 0, 0, server.cpu(), selfCpu());
    }

    /** All counters at one moment. */
    record Mark(long ns, long published, long messages, long bytes, Usage server, Usage client) {
        double secondsSince(Mark before) {
            return (ns - before.ns) / (double) SECOND_NS;
        }
    }

    /** What the seconds that follow are called, and whose events they count. */
    void phase(String name, LongSupplier published) {
        phase = name;
        this.published = published;
        last = mark();
    }

    /** Done about fifty times a second while time passes. */
    void onTick(Runnable task) {
        onTick = task;
    }

    Mark mark() {
        return new Mark(
                System.nanoTime(), published.getAsLong(), client.messages(), client.bytes(), server.cpu(), selfCpu());
    }

    /** Waits for the time or the condition, whichever comes first. */
    void await(long deadlineNs, BooleanSupplier over) {
        long now;
        while ((now = System.nanoTime()) < deadlineNs && !over.getAsBoolean()) {
            onTick.run();
            if (now - last.ns >= SECOND_NS) {
                second();
            }
            pause(Math.min(TICK_NS, deadlineNs - now));
        }
    }

    List<Second> seconds() {
        return seconds;
    }

    private void second() {
        Mark now = mark();
        double span = now.secondsSince(last);
        Usage serverCpu = now.server.minus(last.server);
        long rss = server.rssBytes();
        Second second = new Second(
                (now.ns - startNs) / (double) SECOND_NS,
                phase,
                client.opened() - client.lost(),
                (now.published - last.published) / span,
                (now.messages - last.messages) / span,
                server.known() ? serverCpu.schedNs() / span / SECOND_NS : null,
                now.client.minus(last.client).schedNs() / span / SECOND_NS,
                rss < 0 ? null : rss);
        last = now;
        seconds.add(second);
        progress.second(second);
    }

    private Usage selfCpu() {
        try {
            return self.read();
        } catch (IOException e) {
            return Usage.NONE;
        }
    }

    private static void pause(long ns) {
        try {
            TimeUnit.NANOSECONDS.sleep(Math.max(0, ns));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
