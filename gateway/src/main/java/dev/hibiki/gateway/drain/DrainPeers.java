package dev.hibiki.gateway.drain;

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
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The gateways that take over the clients of one that ends. Each is asked again and again at {@code /intake} how many it
 * takes; one that is away, or not ready, takes none. Confined to the thread that drains.
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
     * Asks nobody yet.
     *
     * @param admins where the admin ports of the peers are
     * @param most what is never exceeded, a second
     */
    DrainPeers(List<URI> admins, int most) {
        this.peers = admins.stream()
                .map(admin -> new Peer(admin.resolve("/intake"), new PeerShare()))
                .toList();
        this.most = most;
    }

    /** One of them, and what is known of it. */
    private static final class Peer {
        private final HttpRequest request;
        private final PeerShare share;
        private long askedNs;
        private boolean asking;
        private volatile @Nullable Answer answer;

        private boolean failureLogged;

        /** One of both is null. */
        private record Answer(
                @Nullable Capacity intake, @Nullable Throwable failure) {}

        Peer(URI uri, PeerShare share) {
            this.request = HttpRequest.newBuilder(uri).timeout(TIMEOUT).build();
            this.share = share;
        }

        void update(HttpClient client, long nowNs) {
            Answer come = answer;
            if (come != null) {
                answer = null;
                asking = false;
                share.told(come.intake());
                log(come.failure());
            }
            if (!asking && (askedNs == 0 || nowNs - askedNs >= INTERVAL_NS)) {
                asking = true;
                askedNs = nowNs;
                client.sendAsync(request, BodyHandlers.ofByteArray())
                        .thenApply(DrainPeers::intake)
                        .orTimeout(
                                TIMEOUT.toMillis(), TimeUnit.MILLISECONDS) // The request's own ends with the headers.
                        .whenComplete((intake, failure) -> answer = new Answer(intake, failure));
            }
        }

        private void log(@Nullable Throwable failure) {
            if (failure != null && !failureLogged) {
                log.warn("{} does not say whether it takes clients: {}", request.uri(), failure.toString());
            }
            failureLogged = failure != null;
        }
    }

    private static Capacity intake(HttpResponse<byte[]> response) {
        boolean ready = false;
        int weight = 0;
        int rate = 0;
        long overBudget = 0;
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), response.body())) {
            if (response.statusCode() != OK || parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalStateException("HTTP status " + response.statusCode() + ", or no object");
            }
            for (String name; (name = parser.nextName()) != null; ) {
                parser.nextToken();
                switch (name) {
                    case "ready" -> ready = parser.getBooleanValue();
                    case "weight" -> weight = parser.getIntValue();
                    case "handshake_rate" -> rate = parser.getIntValue();
                    case "over_budget" -> overBudget = parser.getLongValue();
                    default -> parser.skipChildren(); // A newer gateway may tell more.
                }
            }
        }
        return new Capacity(ready, weight, rate, overBudget);
    }

    /** Whether there are none, and nobody has to be asked. */
    boolean isEmpty() {
        return peers.isEmpty();
    }

    /** How many all of them take a second, but no more than is wanted at most; 0 while none takes any, or has answered. */
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
                log.warn("The peers cannot be asked now: {}", e.toString()); // No file can be opened, for instance.
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
