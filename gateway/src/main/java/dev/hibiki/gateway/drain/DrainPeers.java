package dev.hibiki.gateway.drain;

import dev.hibiki.gateway.runtime.FailureReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The gateways that take over the clients of this one. This class polls each peer at {@code /intake} for the number of
 * clients that it takes; a peer that does not answer, or is not ready, takes none. Confined to the thread that drains.
 */
final class DrainPeers {
    private static final Logger log = LoggerFactory.getLogger(DrainPeers.class);
    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final int OK = 200;
    private static final JsonFactory JSON = new JsonFactory();

    private final List<Peer> peers;
    private final int most;
    private @Nullable HttpClient client;

    /**
     * Sends no request yet.
     *
     * @param admins the addresses of the peers' admin ports
     * @param most the highest rate of all peers together, in clients per second
     */
    DrainPeers(List<URI> admins, int most) {
        this.peers = admins.stream()
                .map(admin -> new Peer(admin.resolve("/intake"), new PeerShare()))
                .toList();
        this.most = most;
    }

    /** One peer and its last answer. */
    private static final class Peer {
        private final HttpRequest request;
        private final PeerShare share;
        private long askedNs;
        private boolean asking;
        private volatile @Nullable Answer answer;

        private boolean failureLogged;

        /** One of the two is null. */
        private record Answer(
                @Nullable Capacity capacity, @Nullable Throwable failure) {}

        Peer(URI uri, PeerShare share) {
            this.request = HttpRequest.newBuilder(uri).timeout(TIMEOUT).build();
            this.share = share;
        }

        void update(HttpClient client, long nowNs) {
            Answer received = answer;
            if (received != null) {
                answer = null;
                asking = false;
                share.told(received.capacity());
                log(received.failure());
            }
            if (!asking && (askedNs == 0 || nowNs - askedNs >= INTERVAL_NS)) {
                asking = true;
                askedNs = nowNs;
                client.sendAsync(request, BodyHandlers.ofByteArray())
                        .thenApply(DrainPeers::parse)
                        .orTimeout(
                                TIMEOUT.toMillis(),
                                TimeUnit.MILLISECONDS) // The timeout of the request ends with the headers.
                        .whenComplete((capacity, failure) -> answer = new Answer(capacity, failure));
            }
        }

        private void log(@Nullable Throwable failure) {
            if (failure != null && !failureLogged) {
                log.warn("Cannot ask {} how many clients it takes: {}", request.uri(), FailureReason.of(failure));
            }
            failureLogged = failure != null;
        }
    }

    private static Capacity parse(HttpResponse<byte[]> response) {
        boolean ready = false;
        int weight = 0;
        int rate = 0;
        long overBudget = 0;
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), response.body())) {
            if (response.statusCode() != OK || parser.nextToken() != JsonToken.START_OBJECT) {
                throw new UncheckedIOException(new IOException(
                        "it answered with status " + response.statusCode() + ", or without a JSON object"));
            }
            for (String name; (name = parser.nextName()) != null; ) {
                parser.nextToken();
                switch (name) {
                    case "ready" -> ready = parser.getBooleanValue();
                    case "weight" -> weight = parser.getIntValue();
                    case "handshake_rate" -> rate = parser.getIntValue();
                    case "over_budget" -> overBudget = parser.getLongValue();
                    default -> parser.skipChildren(); // A newer gateway may send more fields.
                }
            }
        } catch (JacksonException e) {
            throw new UncheckedIOException(new IOException("it answered with something else than JSON", e));
        }
        return new Capacity(ready, weight, rate, overBudget);
    }

    /** True when no peers are configured. */
    boolean isEmpty() {
        return peers.isEmpty();
    }

    /** How many clients per second all peers take together, up to the highest rate; 0 while no peer takes any. */
    int perSecond(long nowNs) {
        if (peers.isEmpty()) {
            return most;
        }
        HttpClient to = client;
        if (to == null) {
            try {
                to = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(TIMEOUT)
                        .build();
            } catch (UncheckedIOException e) {
                log.warn("Cannot ask the peers now: {}", FailureReason.of(e)); // For instance, no file can be opened.
                return 0;
            }
            client = to;
        }
        double sum = 0;
        for (Peer peer : peers) {
            peer.update(to, nowNs);
            sum += peer.share.perSecond(most);
        }
        return sum > 0 ? (int) Math.max(1, Math.min(most, sum)) : 0;
    }
}
