package dev.hibiki.gateway.support;

import dev.hibiki.gateway.RunningGateway;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Reads the lines of a stream of Server-Sent Events. The HTTP client fills it, the test reads it. */
public final class EventStreamReader {
    private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private EventStreamReader() {}

    public static EventStreamReader open(HttpClient client, HttpRequest request) {
        EventStreamReader reader = new EventStreamReader();
        client.sendAsync(request, HttpResponse.BodyHandlers.ofLines())
                .thenAcceptAsync(
                        response -> {
                            reader.lines.add(response.version() + " " + response.statusCode());
                            response.body().forEach(reader.lines::add);
                            reader.lines.add("end");
                        },
                        EventStreamReader::runApart)
                .exceptionally(failure -> {
                    reader.lines.add("failed: " + failure);
                    return null;
                });
        return reader;
    }

    /** Reads on a thread of its own: on the test's thread it would block until the stream ends. */
    private static void runApart(Runnable reading) {
        Thread thread = new Thread(reading, "event-stream");
        thread.setDaemon(true);
        thread.start();
    }

    /** The next line with this prefix, or the text {@code null} when none comes in time. */
    public String next(String prefix) {
        try {
            String line;
            do {
                line = String.valueOf(lines.poll(RunningGateway.PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
            } while (!line.startsWith(prefix) && !line.equals("null"));
            return line;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
