package dev.hibiki.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys behind a URL (RFC 7517, section 5). They are fetched by a thread of the background, every few minutes and when a
 * token names a key that is not there, but never more often than every few seconds, whatever tokens are sent. What was
 * fetched before stays in force while the URL fails. Thread-safe.
 */
final class Jwks {
    private static final Logger log = LoggerFactory.getLogger(Jwks.class);
    static final long REFRESH_MS = TimeUnit.MINUTES.toMillis(5);
    static final long MIN_INTERVAL_MS = 5_000;
    private static final int TIMEOUT_MS = 5_000;
    private static final int MAX_BYTES = 256 * 1024;
    /** A token without {@code kid} is tried with all that fit. */
    private static final int MAX_KEYS = 16;

    private final URI url;
    private final ScheduledExecutorService background;
    private final GatewayMetrics metrics;
    private final long refreshMs;
    private final long minIntervalMs;
    private volatile Runnable onChange = () -> {};
    private volatile List<VerificationKey> keys = List.of();

    // Guarded by this.
    private boolean fetching;
    private boolean failing;
    private long lastFetchNs;

    Jwks(URI url, ScheduledExecutorService background, GatewayMetrics metrics, long refreshMs, long minIntervalMs) {
        this.url = url;
        this.background = background;
        this.metrics = metrics;
        this.refreshMs = refreshMs;
        this.minIntervalMs = minIntervalMs;
        this.lastFetchNs = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(minIntervalMs);
    }

    void onChange(Runnable action) {
        onChange = action;
    }

    /** Fetches for the first time, soon. */
    void start() {
        refetch();
        background.scheduleWithFixedDelay(this::refetch, refreshMs, refreshMs, TimeUnit.MILLISECONDS);
    }

    List<VerificationKey> keys() {
        return keys;
    }

    /** @return whether there may be other keys soon; false when they were fetched a moment ago */
    synchronized boolean refetch() {
        if (fetching) {
            return true;
        }
        long sinceMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastFetchNs);
        if (sinceMs >= minIntervalMs) {
            fetching = true;
            background.execute(this::fetch);
            return true;
        }
        // It fails: who has a good token must not be told that it is bad, and the next try will be soon.
        return failing;
    }

    private void fetch() {
        boolean well = false;
        try {
            List<VerificationKey> fetched = read();
            keys = fetched;
            onChange.run();
            well = true;
        } catch (IOException | RuntimeException e) {
            // No more than one line per interval can come of this.
            log.warn(
                    "--jwks-url: {} gives no keys, {} that it gave before stay in force: {}",
                    host(),
                    keys.size(),
                    e.toString());
        }
        metrics.jwksFetch(well ? "ok" : "failed");
        synchronized (this) {
            fetching = false;
            failing = !well;
            lastFetchNs = System.nanoTime();
        }
        if (!well) {
            background.schedule(this::refetch, minIntervalMs, TimeUnit.MILLISECONDS);
        }
    }

    /** The URL may hold a password. */
    private String host() {
        return url.getScheme() + "://" + url.getHost();
    }

    /**
     * One thread that may wait, every few minutes: no work for Java's {@code HttpClient}, which keeps a thread and a pool for
     * as long as it lives and cannot limit what it reads. (The peers of a drain are asked all at once, and at its end only.)
     */
    private List<VerificationKey> read() throws IOException {
        HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MS);
        connection.setReadTimeout(TIMEOUT_MS);
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setRequestProperty("Connection", "close"); // Minutes until the next.
        connection.setRequestProperty("Accept", "application/jwk-set+json, application/json");
        try {
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                throw new IOException("status " + connection.getResponseCode());
            }
            try (InputStream in = connection.getInputStream()) {
                byte[] body = in.readNBytes(MAX_BYTES + 1);
                if (body.length > MAX_BYTES) {
                    throw new IOException("more than " + MAX_BYTES + " bytes");
                }
                return parse(new String(body, StandardCharsets.UTF_8));
            }
        } finally {
            connection.disconnect();
        }
    }

    /** The keys of a set that tokens can be signed with. @throws IOException when there is none */
    static List<VerificationKey> parse(String json) throws IOException {
        List<VerificationKey> keys = new ArrayList<>();
        try {
            for (JWK jwk : JWKSet.parse(json).getKeys()) {
                VerificationKey key = usable(jwk);
                if (key != null && keys.size() < MAX_KEYS) {
                    keys.add(key);
                }
            }
        } catch (ParseException e) {
            throw new IOException("not a JWKS", e);
        }
        if (keys.isEmpty()) {
            throw new IOException("no key for RS256, ES256 or EdDSA");
        }
        return List.copyOf(keys);
    }

    /** One key that is no good must not keep the others out. */
    private static @Nullable VerificationKey usable(JWK jwk) {
        try {
            return VerificationKey.ofJwk(jwk);
        } catch (JOSEException e) {
            log.warn("--jwks-url: left out {}", e.getMessage());
            return null;
        }
    }
}
