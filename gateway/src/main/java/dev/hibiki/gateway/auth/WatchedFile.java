package dev.hibiki.gateway.auth;

import dev.hibiki.gateway.runtime.FailureReason;
import dev.hibiki.gateway.runtime.FileWatch;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a file with keys again when it changes. Confined to the thread that polls. While the file cannot be read or is not
 * valid, the last keys stay in force; this is logged once per change of the file.
 */
final class WatchedFile implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(WatchedFile.class);

    private final String option;
    private final Path file;
    private final Reader reader;
    private final FileWatch watch;

    /** Reads the file and puts its keys in force, or throws and changes nothing. */
    interface Reader {
        void read(Path file) throws IOException;
    }

    private WatchedFile(String option, Path file, Reader reader) {
        this.option = option;
        this.file = file;
        this.reader = reader;
        this.watch = new FileWatch(file);
    }

    /**
     * Reads the file for the first time.
     *
     * @param option the name of the option
     * @throws IOException when the file cannot be read or is not valid; the message names the option
     */
    static WatchedFile open(String option, Path file, Reader reader) throws IOException {
        WatchedFile watched = new WatchedFile(option, file, reader);
        try {
            reader.read(file);
        } catch (IOException e) {
            throw new IOException(option + ": " + file + " cannot be used: " + FailureReason.of(e), e);
        }
        return watched;
    }

    /** Checks the file, and reads it when it has changed. */
    @Override
    public void run() {
        try {
            if (watch.hasChanged()) {
                reader.read(file);
                log.info("{}: {} has changed and was read again", option, file);
            }
        } catch (IOException | RuntimeException | OutOfMemoryError e) { // An exception would end the periodic check.
            log.error(
                    "{}: {} has changed but cannot be used, so its last valid content stays in force: {}",
                    option,
                    file,
                    FailureReason.of(e));
        }
    }
}
