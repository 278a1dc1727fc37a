package dev.hibiki.gateway.auth;

import dev.hibiki.gateway.config.AuthSettings;
import dev.hibiki.gateway.config.KeyFiles;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** All that knows keys, and the one thread that looks for new ones, where there can be any. Thread-safe. */
public final class Auth implements AutoCloseable {
    private static final int POLL_MS = 1_000;

    private final PublishKeys publishKeys;
    private final @Nullable Authenticator authenticator;
    private final @Nullable ScheduledExecutorService background;

    /** @throws IOException that names the option, when a file cannot be used; then nothing is left running */
    public Auth(AuthSettings settings, GatewayMetrics metrics) throws IOException {
        AuthSettings.Jwt jwt = settings.jwt();
        Path keysFile = settings.publishKeysFile();
        publishKeys = new PublishKeys(settings.publishingNeedsKey(), settings.publishKeys());
        if (jwt == null && keysFile == null) {
            authenticator = null;
            background = null;
            return;
        }
        ScheduledExecutorService executor = newBackground();
        background = executor;
        try {
            watch(executor, "--publish-keys-file", keysFile, file -> publishKeys.replace(KeyFiles.publishKeys(file)));
            authenticator = jwt == null ? null : authenticator(jwt, executor, metrics);
        } catch (IOException | RuntimeException e) {
            executor.shutdownNow();
            throw e;
        }
    }

    private static Authenticator authenticator(
            AuthSettings.Jwt jwt, ScheduledExecutorService executor, GatewayMetrics metrics) throws IOException {
        URI url = jwt.jwksUrl();
        Jwks jwks = url == null ? null : new Jwks(url, executor, metrics, Jwks.REFRESH_MS, Jwks.MIN_INTERVAL_MS);
        KeySet keys = new KeySet(jwks);
        watch(executor, "--jwt-secret-file", jwt.secretFile(), keys::readSecret);
        watch(executor, "--jwt-public-key-file", jwt.publicKeyFile(), keys::readPublicKeys);
        if (jwks != null) {
            jwks.start();
        }
        return new Authenticator(jwt, keys, metrics, System::currentTimeMillis);
    }

    private static void watch(
            ScheduledExecutorService executor, String option, @Nullable Path file, WatchedFile.Reader reader)
            throws IOException {
        if (file != null) {
            WatchedFile watched = WatchedFile.open(option, file, reader);
            executor.scheduleWithFixedDelay(watched, POLL_MS, POLL_MS, TimeUnit.MILLISECONDS);
        }
    }

    private static ScheduledExecutorService newBackground() {
        return Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "hibiki-keys");
            thread.setDaemon(true);
            return thread;
        });
    }

    public PublishKeys publishKeys() {
        return publishKeys;
    }

    /** What clients' tokens are asked; null when none are needed. Its library is loaded only then. */
    public @Nullable Authenticator authenticator() {
        return authenticator;
    }

    @Override
    public void close() {
        if (background != null) {
            background.shutdownNow();
        }
    }
}
