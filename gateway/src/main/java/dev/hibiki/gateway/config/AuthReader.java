package dev.hibiki.gateway.config;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the options that say who may publish and who may listen, and tries the files that they name. */
final class AuthReader {
    private final Values values;

    AuthReader(Values values) {
        this.values = values;
    }

    AuthSettings read() throws ConfigException {
        return new AuthSettings(
                publishKeys(),
                file(Setting.PUBLISH_KEYS_FILE, "a file with one key a line", KeyFiles::publishKeys),
                null);
    }

    private List<Secret> publishKeys() throws ConfigException {
        if (values.text(Setting.PUBLISH_KEY) == null) {
            return List.of();
        }
        List<String> keys = values.list(Setting.PUBLISH_KEY);
        if (!keys.stream().allMatch(KeyFiles::isKey)) {
            throw values.wrong(Setting.PUBLISH_KEY, "printable ASCII without spaces and commas");
        }
        return keys.stream().map(Secret::new).toList();
    }

    private interface Trial {
        Object read(Path file) throws IOException;
    }

    /** A file that can be read now; what is in it may change while the gateway runs. */
    private @Nullable Path file(Setting setting, String expected, Trial trial) throws ConfigException {
        String text = values.text(setting);
        if (text == null) {
            return null;
        }
        try {
            Path file = Path.of(text);
            trial.read(file);
            return file;
        } catch (IOException | InvalidPathException e) {
            // The JDK's exceptions say more by their name than by their message, which is often only the path.
            String reason = e.getClass().equals(IOException.class) ? e.getMessage() : e.toString();
            throw values.wrong(setting, expected + "; " + reason);
        }
    }
}
