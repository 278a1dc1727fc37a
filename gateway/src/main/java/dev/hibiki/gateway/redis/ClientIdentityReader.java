package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.config.Pem;
import dev.hibiki.gateway.config.TlsIdentity;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Values;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the options of the certificate that the gateway shows to Redis, and checks the files. Stateless. */
final class ClientIdentityReader {
    private ClientIdentityReader() {}

    /**
     * Reads and checks the options.
     *
     * @param tls whether the address asks for TLS
     * @return null without a certificate
     */
    static RedisSettings.@Nullable Identity read(Values values, boolean tls) throws ConfigException {
        boolean certificate = values.text(RedisOptions.TLS_CERT) != null;
        boolean key = values.text(RedisOptions.TLS_KEY) != null;
        if (!certificate && !key) {
            return null;
        }
        Option given = certificate ? RedisOptions.TLS_CERT : RedisOptions.TLS_KEY;
        if (certificate != key) {
            Option missing = certificate ? RedisOptions.TLS_KEY : RedisOptions.TLS_CERT;
            throw values.wrong(given, missing.flag() + " as well");
        }
        if (!tls) {
            throw values.wrong(given, "to be set only where --redis asks for TLS, with rediss");
        }
        Path certificateFile = Pem.file(values, RedisOptions.TLS_CERT);
        Path keyFile = Pem.file(values, RedisOptions.TLS_KEY);
        TlsIdentity identity = identity(values, certificates(values, certificateFile), keyFile);
        warn(values, identity.leftOutOf(RedisOptions.TLS_CERT.flag()));
        String invalidity = identity.invalidity(Instant.now(), "Redis");
        warn(values, invalidity == null ? null : RedisOptions.TLS_CERT.flag() + ": " + invalidity);
        return new RedisSettings.Identity(certificateFile, keyFile);
    }

    private static void warn(Values values, @Nullable String text) {
        if (text != null) {
            values.warn(text);
        }
    }

    private static List<X509Certificate> certificates(Values values, Path file) throws ConfigException {
        try {
            return Pem.certificates(file);
        } catch (IOException | GeneralSecurityException e) {
            throw values.refused(
                    RedisOptions.TLS_CERT,
                    "no certificate can be read from it (expected: a certificate in PEM, and those of the authorities"
                            + " between it and the root behind it): " + Pem.reason(e));
        }
    }

    private static TlsIdentity identity(Values values, List<X509Certificate> certificates, Path keyFile)
            throws ConfigException {
        try {
            return TlsIdentity.of(certificates, RedisOptions.TLS_CERT.flag(), Pem.key(keyFile));
        } catch (IOException | GeneralSecurityException e) {
            throw values.refused(RedisOptions.TLS_KEY, Pem.reason(e));
        }
    }
}
