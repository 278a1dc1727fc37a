package dev.hibiki.bench.publish;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * POSTs over a few keep-alive connections, dealt out in turn. Each has a thread and a queue, so that the publisher never
 * waits: what waits is the event, and its stamp says since when. The publisher's thread owns all but the counters.
 */
public final class HttpPort implements EventPort {
    private final HttpTarget target;
    private final List<HttpLane> lanes = new ArrayList<>();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong put = new AtomicLong();
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

    public HttpPort(HttpTarget target, int connections) throws IOException {
        this.target = target;
        try {
            for (int i = 0; i < connections; i++) {
                lanes.add(new HttpLane(target, answered::incrementAndGet, e -> failure.compareAndSet(null, e)));
            }
        } catch (IOException e) {
            close();
            throw e;
        }
        lanes.forEach(HttpLane::start);
    }

    @Override
    public void put(byte[] event, int length, String region) {
        byte[] head = target.head(region, length);
        byte[] request = new byte[head.length + length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(event, 0, request, head.length, length);
        lanes.get((int) (put.getAndIncrement() % lanes.size())).add(request);
    }

    @Override
    public void flush() {
        // Nothing is held back.
    }

    @Override
    public long outstanding() {
        return put.get() - answered.get();
    }

    @Override
    public @Nullable String failure() {
        return failure.get();
    }

    @Override
    public void close() {
        lanes.forEach(HttpLane::close);
    }
}
