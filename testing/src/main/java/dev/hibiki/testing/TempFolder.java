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
 * A temporary directory for a fixture; closing it removes it with its files. Confined to its fixture.
 *
 * <p>Its name is shorter than that of {@link Files#createTempDirectory}, because Chromium puts a Unix socket below it, whose path may have only 107
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

    /** Writes a file in UTF-8, and returns its path. */
    String write(String name, String text) {
        try {
            return Files.writeString(file(name), text).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes the directory, and retries: helpers of a killed program may still write for a moment. */
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
