package dev.hibiki.testing;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.PullResponseItem;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.testcontainers.utility.DockerImageName;

/**
 * One attempt to pull an image. A thread of the Docker client calls it, another thread waits for it.
 *
 * <p>Testcontainers would retry for two minutes, and the client's own callback logs each failure with its stack.
 */
final class ImagePull implements ResultCallback<PullResponseItem> {
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicReference<@Nullable String> refusal = new AtomicReference<>();
    private final AtomicReference<@Nullable Closeable> response = new AtomicReference<>();

    private ImagePull() {}

    /** Returns the reason for a failure, empty on success. */
    static Optional<String> of(DockerClient docker, String image, Duration allowed) {
        DockerImageName name = DockerImageName.parse(image);
        try (ImagePull pull = docker.pullImageCmd(name.getUnversionedPart())
                .withTag(name.getVersionPart())
                .exec(new ImagePull())) {
            if (!pull.ended.await(allowed.toMillis(), TimeUnit.MILLISECONDS)) {
                return Optional.of("not within " + allowed.toSeconds() + " s");
            }
            return Optional.ofNullable(pull.refusal.get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while pulling " + image, e);
        }
    }

    @Override
    public void onStart(Closeable answer) {
        response.set(answer);
    }

    @Override
    public void onNext(PullResponseItem item) {
        if (item.isErrorIndicated() && item.getErrorDetail() != null) {
            refusal.compareAndSet(null, item.getErrorDetail().getMessage());
        }
    }

    @Override
    public void onError(Throwable failure) {
        refusal.compareAndSet(null, reason(failure));
        ended.countDown();
    }

    /** The engine's message without the JSON around it. */
    private static String reason(Throwable failure) {
        String message = failure.getMessage();
        return message == null
                ? failure.toString()
                : message.strip()
                        .replaceFirst("^Status \\d+: \\{\"message\":\"(.*)\"}$", "$1")
                        .replace("\\\"", "\"");
    }

    @Override
    public void onComplete() {
        ended.countDown();
    }

    /** Ends the request and with it the engine's attempt. */
    @Override
    public void close() {
        Closeable answer = response.getAndSet(null);
        if (answer != null) {
            try {
                answer.close();
            } catch (IOException alreadyEnded) {
                // The request has already ended.
            }
        }
    }
}
