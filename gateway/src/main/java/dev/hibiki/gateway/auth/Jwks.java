package dev.hibiki.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.FailureReason;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of a JWKS URL (RFC 7517, section 5). Thread-safe. The background thread fetches them every few minutes, and when
 * a token names an unknown key. Whatever tokens clients send, it waits at least {@link #MIN_INTERVAL_MS} between two
 * fetches. While the URL fails, the last keys stay in force.
 */
final class Jwks {
    private static final Logger log = LoggerFactory.getLogger(Jwks.class);
    static final long REFRESH_MS = TimeUnit.MINUTES.toMillis(5);
    static final long MIN_INTERVAL_MS = 5_000;
    private static final int TIMEOUT_MS = 5_000;
    private static final int MAX_BYTES = 256 * 1024;
    /** Limits the work for a token without {@code kid}, which is tried with each key of its algorithm. */
    private static final int MAX_KEYS = 16;

    private final URI url;
    private final ScheduledExecutorService background;
    private final GatewayMetrics metrics;
    private final long refreshMs;
    private final long minIntervalMs;
    private final LongSupplier nanoClock;
    private volatile Runnable onChange = () -> {};
    private volatile List<VerificationKey> keys = List.of();

    // Guarded by this.
    private boolean fetching;
    private boolean failing;
    private long lastFetchNs;

    Jwks(
            URI url,
            ScheduledExecutorService background,
            GatewayMetrics metrics,
            long refreshMs,
            long minIntervalMs,
            LongSupplier nanoClock) {
        this.url = url;
        this.background = background;
        this.metrics = metrics;
        this.refreshMs = refreshMs;
        this.minIntervalMs = minIntervalMs;
        this.nanoClock = nanoClock;
        this.lastFetchNs = nanoClock.getAsLong() - TimeUnit.MILLISECONDS.toNanos(minIntervalMs);
    }

    void onChange(Runnable action) {
        onChange = action;
    }

    /** Schedules the first fetch and the regular ones. */
    void start() {
        refetch();
        background.scheduleWithFixedDelay(this::refetch, refreshMs, refreshMs, TimeUnit.MILLISECONDS);
    }

    List<VerificationKey> keys() {
        return keys;
    }

    /** Fetches unless the last fetch was a moment ago. @return whether other keys may arrive soon */
    synchronized boolean refetch() {
        if (fetching) {
            return true;
        }
        long sinceMs = TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong() - lastFetchNs);
        if (sinceMs >= minIntervalMs) {
            fetching = true;
            background.execute(this::fetch);
            return true;
        }
        // While the URL fails, a client with a valid token must be told to try later, not that the token is bad.
        return failing;
    }

    private void fetch() {
        boolean well = false;
        try {
            List<VerificationKey> fetched = read();
            keys = fetched;
            onChange.run();
            well = true;
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            // At most one log line per MIN_INTERVAL_MS.
            log.warn(
                    "--jwks-url: could not fetch keys from {}; the {} keys fetched before stay in force: {}",
                    address(),
                    keys.size(),
                    FailureReason.of(e));
        }
        metrics.jwksFetch(well ? "ok" : "failed");
        synchronized (this) {
            fetching = false;
            failing = !well;
            lastFetchNs = nanoClock.getAsLong();
        }
        if (!well) {
            background.schedule(this::refetch, minIntervalMs, TimeUnit.MILLISECONDS);
        }
    }

    /** The URL without its user and query, which may contain a password. */
    private String address() {
        return url.getScheme() + "://" + url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort())
                + url.getRawPath() + (url.getRawQuery() == null ? "" : "?…");
    }

    /**
     * Fetches the keys, on a thread that may wait. It runs every few minutes, so it does not use Java's {@code HttpClient}: that
     * keeps a thread and a pool for as long as it lives, and cannot limit what it reads.
     */
    private List<VerificationKey> read() throws IOException {
        HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MS);
        connection.setReadTimeout(TIMEOUT_MS);
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setRequestProperty("Connection", "close"); // The next fetch is minutes away.
        connection.setRequestProperty("Accept", "application/jwk-set+json, application/json");
        try {
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                throw new IOException("it answered with status " + connection.getResponseCode());
            }
            try (InputStream in = connection.getInputStream()) {
                byte[] body = in.readNBytes(MAX_BYTES + 1);
                if (body.length > MAX_BYTES) {
                    throw new IOException("the answer is larger than " + MAX_BYTES + " bytes");
                }
                return parse(body);
            }
        } finally {
            connection.disconnect();
        }
    }

    /** The usable keys of a set. @throws IOException when there is none */
    static List<VerificationKey> parse(byte[] json) throws IOException {
        List<VerificationKey> keys = new ArrayList<>();
        int leftOut = 0;
        String reason = "";
        for (Object element : elements(json)) {
            try {
                VerificationKey key = VerificationKey.ofJwk(jwk(element));
                if (key != null && keys.size() < MAX_KEYS) {
                    keys.add(key);
                }
            } catch (JOSEException | ParseException | RuntimeException e) {
                // One such key must not make the whole set fail.
                reason = leftOut++ == 0 ? String.valueOf(e.getMessage()) : reason;
            }
        }
        if (keys.isEmpty()) {
            throw new IOException("it has no key for RS256, ES256 or EdDSA" + (leftOut == 0 ? "" : ": " + reason));
        }
        if (leftOut > 0) {
            log.warn("--jwks-url: ignored {} keys that are not valid; the first: {}", leftOut, reason);
        }
        return List.copyOf(keys);
    }

    @SuppressWarnings("unchecked") // JSON has no other maps.
    private static JWK jwk(Object element) throws ParseException {
        if (element instanceof Map<?, ?> members) {
            return JWK.parse((Map<String, Object>) members);
        }
        throw new ParseException("an element of \"keys\" is not an object", 0);
    }

    private static List<?> elements(byte[] json) throws IOException {
        try {
            StrictJson.readObject(json, (name, value) -> value.skipChildren());
            Object keys = JSONObjectUtils.parse(new String(json, StandardCharsets.UTF_8))
                    .get("keys");
            if (keys instanceof List<?> list) {
                return list;
            }
        } catch (StrictJson.MalformedException | ParseException | RuntimeException e) {
            throw new IOException("it is not a JWKS (RFC 7517): " + e.getMessage(), e);
        }
        throw new IOException("it is not a JWKS (RFC 7517): it has no array \"keys\"");
    }
}
