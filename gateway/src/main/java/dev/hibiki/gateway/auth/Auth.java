package dev.hibiki.gateway.auth;

import dev.hibiki.gateway.config.AuthSettings;
import dev.hibiki.gateway.config.KeyFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** All that knows keys, and the one thread that looks for new ones, where there can be any. Thread-safe. */
public final class Auth implements AutoCloseable {
    private static final int POLL_MS = 1_000;

    private final PublishKeys publishKeys;
    private final @Nullable ScheduledExecutorService background;

    /** @throws IOException that names the option, when a file cannot be used; then nothing is left running */
    public Auth(AuthSettings settings) throws IOException {
        List<WatchedFile> files = new ArrayList<>();
        publishKeys = new PublishKeys(settings.publishingNeedsKey(), settings.publishKeys());
        Path keysFile = settings.publishKeysFile();
        if (keysFile != null) {
            files.add(WatchedFile.open(
                    "--publish-keys-file", keysFile, file -> publishKeys.replace(KeyFiles.publishKeys(file))));
        }
        background = files.isEmpty() ? null : newBackground();
        if (background != null) {
            files.forEach(file -> background.scheduleWithFixedDelay(file, POLL_MS, POLL_MS, TimeUnit.MILLISECONDS));
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

    @Override
    public void close() {
        if (background != null) {
            background.shutdownNow();
        }
    }
}
