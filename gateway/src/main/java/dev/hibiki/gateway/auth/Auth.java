package dev.hibiki.gateway.auth;

import dev.hibiki.gateway.config.AuthSettings;
import dev.hibiki.gateway.config.KeyFiles;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.Clocks;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The keys of publishers and operators, the authenticator of clients' tokens, and the one thread that reloads their keys. Thread-safe. The
 * thread exists only when keys can change.
 */
public final class Auth implements AutoCloseable {
    private static final int POLL_MS = 1_000;

    private final AccessKeys publishKeys;
    private final AccessKeys adminKeys;
    private final @Nullable Authenticator authenticator;
    private final @Nullable Jwks jwks;
    private final List<WatchedFile> watched = new ArrayList<>();
    /** Has a thread only once there is something to look for. */
    private final ScheduledExecutorService background = newBackground();

    /**
     * Reads the files with keys.
     *
     * @throws IOException when a file cannot be used; the message names the option
     */
    public Auth(AuthSettings settings, GatewayMetrics metrics, Clocks clocks) throws IOException {
        AuthSettings.Jwt jwt = settings.jwt();
        publishKeys = keys("--publish-key", "--publish-keys-file", settings.publishers());
        adminKeys = keys("--admin-key", "--admin-key-file", settings.admin().keys());
        URI url = jwt == null ? null : jwt.jwksUrl();
        jwks = url == null
                ? null
                : new Jwks(url, background, metrics, Jwks.REFRESH_MS, Jwks.MIN_INTERVAL_MS, clocks.nano());
        authenticator = jwt == null ? null : authenticator(jwt, jwks, metrics, clocks.epochMs());
    }

    private AccessKeys keys(String option, String fileOption, AuthSettings.Keys settings) throws IOException {
        AccessKeys keys = new AccessKeys(option, fileOption, settings.isConfigured(), settings.fixed());
        watch(fileOption, settings.file(), file -> keys.replace(KeyFiles.keys(file)));
        return keys;
    }

    private Authenticator authenticator(
            AuthSettings.Jwt jwt, @Nullable Jwks fetched, GatewayMetrics metrics, LongSupplier clockMs)
            throws IOException {
        KeySet keys = new KeySet(fetched);
        watch("--jwt-secret-file", jwt.secretFile(), keys::readSecret);
        watch("--jwt-public-key-file", jwt.publicKeyFile(), keys::readPublicKeys);
        return new Authenticator(jwt, keys, metrics, clockMs);
    }

    private void watch(String option, @Nullable Path file, WatchedFile.Reader reader) throws IOException {
        if (file != null) {
            watched.add(WatchedFile.open(option, file, reader));
        }
    }

    /** Looks for new keys from now on, where there can be any. */
    public void start() {
        for (WatchedFile file : watched) {
            background.scheduleWithFixedDelay(file, POLL_MS, POLL_MS, TimeUnit.MILLISECONDS);
        }
        if (jwks != null) {
            jwks.start();
        }
    }

    private static ScheduledExecutorService newBackground() {
        return Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "hibiki-keys");
            thread.setDaemon(true);
            return thread;
        });
    }

    public AccessKeys publishKeys() {
        return publishKeys;
    }

    public AccessKeys adminKeys() {
        return adminKeys;
    }

    /** Null when clients need no tokens. The JWT library is loaded only when they do. */
    public @Nullable Authenticator authenticator() {
        return authenticator;
    }

    @Override
    public void close() {
        background.shutdownNow();
    }
}
