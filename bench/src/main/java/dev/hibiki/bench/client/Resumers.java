package dev.hibiki.bench.client;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Clients that come at once, or at a rate, resume after the same id, read a number of bytes and leave. They have a loop of their
 * own, so that no other client waits for them there. Confined to the scenario's thread.
 */
public final class Resumers implements AutoCloseable {
    private final ClientLoop loop;
    private final List<ClientSpec> wave;
    private final double perSecond;
    private long asked;

    /** Starts the loop; no client connects yet. */
    public Resumers(Target target, String lastId, int clients, double perSecond, long bytes, int sourceAddresses)
            throws IOException {
        this.perSecond = perSecond;
        Target resuming = target.resumingAfter(lastId);
        wave = IntStream.range(0, clients)
                .mapToObj(i ->
                        new ClientSpec(Role.RESUME, 0, false, target.source(i, sourceAddresses), Long.MAX_VALUE, bytes))
                .toList();
        DeliveryRecorder recorder = new DeliveryRecorder(0, 1);
        loop = new ClientLoop(
                "clients-resuming", resuming, List.of(resuming.request(null)), recorder, Integer.MAX_VALUE);
        loop.start();
    }

    /** Lets all of them come, once the last of those before has gone. */
    public void next() {
        if (resumed() + failed() == asked) {
            asked += wave.size();
            loop.call(() -> {
                loop.ramp().add(wave, perSecond, System.nanoTime());
                return wave;
            });
        }
    }

    /** How many were to come so far; some may still be reading. */
    public long asked() {
        return asked;
    }

    public long resumed() {
        return loop.resumedCount();
    }

    /** Clients that did not get in, or were dropped before they had all bytes. */
    public long failed() {
        return loop.refusedCount() + loop.lostCount();
    }

    public @Nullable String firstFailure() {
        return loop.firstFailure();
    }

    /** From the first packet to the last of the bytes. */
    public Histogram times() {
        return loop.call(() -> loop.resumeNs().copy()).join();
    }

    @Override
    public void close() {
        loop.stop();
        try {
            loop.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
