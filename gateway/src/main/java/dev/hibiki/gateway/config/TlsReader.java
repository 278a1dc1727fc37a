package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Values;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads the options of TLS for clients, which depend on each other. */
final class TlsReader {
    private static final String READABLE = "a readable file in PEM";

    private final Values values;

    TlsReader(Values values) {
        this.values = values;
    }

    /** Returns null without TLS. Checks that the files can be read, but not their content. */
    @Nullable TlsSettings read() throws ConfigException {
        TlsEngine engine = values.choice(Setting.TLS_ENGINE, TlsEngine.class);
        boolean certificate = values.text(Setting.TLS_CERT_FILE) != null;
        boolean key = values.text(Setting.TLS_KEY_FILE) != null;
        if (certificate != key) {
            Setting given = certificate ? Setting.TLS_CERT_FILE : Setting.TLS_KEY_FILE;
            Setting missing = certificate ? Setting.TLS_KEY_FILE : Setting.TLS_CERT_FILE;
            throw values.wrong(given, missing.flag() + " as well");
        }
        return certificate ? TlsSettings.of(file(Setting.TLS_CERT_FILE), file(Setting.TLS_KEY_FILE), engine) : null;
    }

    private Path file(Setting setting) throws ConfigException {
        Path file;
        try {
            file = Path.of(String.valueOf(values.text(setting)));
        } catch (InvalidPathException e) {
            throw values.wrong(setting, READABLE);
        }
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw values.wrong(setting, READABLE);
        }
        return file;
    }
}
