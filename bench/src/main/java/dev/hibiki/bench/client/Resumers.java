package dev.hibiki.bench.client;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Clients that all come at once, resume after the same id, read a number of bytes and leave. They have a loop of their own, so that
 * the times of the others are not theirs. Confined to the scenario's thread.
 */
public final class Resumers implements AutoCloseable {
    private final ClientLoop loop;
    private final List<ClientSpec> wave;
    private long asked;

    /** Starts the loop; no client connects yet. */
    public Resumers(Target target, String lastId, int clients, long bytes, int sourceAddresses) throws IOException {
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

    /** Lets all of them come, when the last of those before has gone. */
    public void next() {
        if (resumed() + failed() == asked) {
            asked += wave.size();
            loop.call(() -> {
                loop.ramp().add(wave, Double.MAX_VALUE, System.nanoTime());
                return wave;
            });
        }
    }

    /** Clients that came, have come back and read all, or not. */
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
