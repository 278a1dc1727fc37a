package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Values;
import org.jspecify.annotations.Nullable;

/** Reads the options of TLS for clients, which depend on each other. */
final class TlsReader {
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
        if (!certificate) {
            values.warnWithoutEffect(Setting.TLS_ENGINE, "--tls-cert-file");
            return null;
        }
        return TlsSettings.of(Pem.file(values, Setting.TLS_CERT_FILE), Pem.file(values, Setting.TLS_KEY_FILE), engine);
    }
}
