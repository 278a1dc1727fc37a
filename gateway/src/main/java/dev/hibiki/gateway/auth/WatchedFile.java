package dev.hibiki.gateway.auth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file with keys that is read again when it changes. While it cannot be read, or is wrong, what was read before stays in
 * force, and that is logged once per change. Owned by the thread that polls.
 */
final class WatchedFile implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(WatchedFile.class);

    private final String option;
    private final Path file;
    private final Reader reader;
    /** Of what was tried last, well or not. */
    private @Nullable Object seen;

    /** Reads the file and puts what it holds in force, or throws and changes nothing. */
    interface Reader {
        void read(Path file) throws IOException;
    }

    private WatchedFile(String option, Path file, Reader reader) {
        this.option = option;
        this.file = file;
        this.reader = reader;
    }

    /**
     * Reads it for the first time.
     *
     * @param option as an operator knows it
     * @throws IOException that names the option, when it cannot be read
     */
    static WatchedFile open(String option, Path file, Reader reader) throws IOException {
        WatchedFile watched = new WatchedFile(option, file, reader);
        watched.seen = watched.stamp();
        try {
            reader.read(file);
        } catch (IOException e) {
            throw new IOException(option + ": " + file + " cannot be used: " + e.getMessage(), e);
        }
        return watched;
    }

    /** Looks whether it has changed. */
    @Override
    public void run() {
        Object now = stamp();
        if (now.equals(seen)) {
            return;
        }
        seen = now;
        try {
            reader.read(file);
            log.info("{}: read {} again", option, file);
        } catch (IOException | RuntimeException e) {
            log.error("{}: {} cannot be used, what it said before stays in force: {}", option, file, e.toString());
        }
    }

    /** Differs when the file was written to, or another one took its place; that of no file is like no other. */
    private Object stamp() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.lastModifiedTime() + " " + attributes.size() + ' ' + attributes.fileKey();
        } catch (IOException e) {
            return "none";
        }
    }
}
