package dev.hibiki.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * A directory of its own for a fixture; closing it removes it with all that is in it. Confined to its fixture.
 *
 * <p>Its name is shorter than what {@link Files#createTempDirectory} makes: Chromium puts a Unix socket below it, whose whole path may have 107
 * characters.
 */
final class TempFolder implements AutoCloseable {
    private static final Duration REMOVAL_ALLOWED = Duration.ofSeconds(5);
    private static final int NAMES = 36 * 36 * 36 * 36 * 36;

    private final Path path;

    private TempFolder(Path path) {
        this.path = path;
    }

    static TempFolder create(String purpose) {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        try {
            while (true) {
                String suffix = Integer.toString(ThreadLocalRandom.current().nextInt(NAMES), Character.MAX_RADIX);
                Path path = parent.resolve("hibiki-" + purpose + "-" + suffix);
                if (path.toFile().mkdir()) {
                    return new TempFolder(path.toRealPath());
                }
                if (!Files.exists(path)) {
                    throw new IOException("Cannot create " + path);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path path() {
        return path;
    }

    Path file(String name) {
        return path.resolve(name);
    }

    /** A program that was killed may have helpers that write for a moment still, so this tries again until all is gone. */
    @Override
    public void close() {
        Deadline.in(REMOVAL_ALLOWED).awaitUntil(() -> "removal of " + path, this::remove);
    }

    private boolean remove() {
        if (!Files.exists(path)) {
            return true;
        }
        try (Stream<Path> tree = Files.walk(path)) {
            List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path entry : deepestFirst) {
                Files.deleteIfExists(entry);
            }
            return true;
        } catch (DirectoryNotEmptyException | NoSuchFileException changedMeanwhile) {
            return false;
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof NoSuchFileException) {
                return false;
            }
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
