package dev.hibiki.gateway.tls;

import dev.hibiki.gateway.config.Pem;
import dev.hibiki.gateway.config.TlsEngine;
import dev.hibiki.gateway.config.TlsSettings;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.OpenSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The certificate chain that clients see, with its key, as read from the files once. Immutable.
 *
 * @param expires the earliest time at which a certificate of the chain expires
 * @param withoutOpenSsl the reason why Java's TLS is used although OpenSSL may be; null when OpenSSL is used or not asked for
 */
record TlsCertificate(
        SslContext context,
        Instant expires,
        String subject,
        @Nullable String withoutOpenSsl) {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    /** Only suites with forward secrecy and authenticated encryption: Mozilla's "intermediate" list without DHE. */
    private static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    /** @throws IOException whose message names the option, the file and what is wrong with it */
    static TlsCertificate load(TlsSettings settings) throws IOException {
        X509Certificate[] chain;
        try {
            chain = Pem.certificates(settings.certificate());
        } catch (IOException | GeneralSecurityException e) {
            throw failure("--tls-cert-file", settings.certificate(), e);
        }
        PublicKey known = chain[0].getPublicKey();
        String withoutOpenSsl = withoutOpenSsl(settings.engine(), known.getAlgorithm());
        try {
            PrivateKey key = Pem.key(settings.key(), known.getAlgorithm());
            if (!Pem.isPair(key, known)) {
                throw new GeneralSecurityException("it is not the key of the certificate");
            }
            boolean openSsl = settings.engine() != TlsEngine.JDK && withoutOpenSsl == null;
            return new TlsCertificate(
                    context(key, chain, openSsl ? SslProvider.OPENSSL : SslProvider.JDK),
                    expiry(chain),
                    chain[0].getSubjectX500Principal().getName(),
                    withoutOpenSsl);
        } catch (IOException | GeneralSecurityException e) {
            throw failure("--tls-key-file", settings.key(), e);
        }
    }

    private static @Nullable String withoutOpenSsl(TlsEngine engine, String keyAlgorithm) throws IOException {
        if (engine == TlsEngine.JDK) {
            return null;
        }
        String reason = OpenSslLibrary.unavailability(keyAlgorithm);
        if (reason != null && engine == TlsEngine.OPENSSL) {
            throw new IOException("--tls-engine: OpenSSL cannot be used here: " + reason);
        }
        return reason;
    }

    private static IOException failure(String option, Object file, Exception cause) {
        return new IOException(option + ": \"" + file + "\": " + Pem.reason(cause), cause);
    }

    private static Instant expiry(X509Certificate[] chain) {
        Instant first = Instant.MAX;
        for (X509Certificate certificate : chain) {
            Instant end = certificate.getNotAfter().toInstant();
            first = end.isBefore(first) ? end : first;
        }
        return first;
    }

    boolean isOpenSsl() {
        return context instanceof OpenSslContext;
    }

    /** The name of the TLS engine in the log, with that of its library. */
    String engine() {
        return isOpenSsl() ? "OpenSSL (" + OpenSslLibrary.version() + ")" : "JDK";
    }

    private static SslContext context(PrivateKey key, X509Certificate[] chain, SslProvider provider)
            throws IOException {
        return SslContextBuilder.forServer(key, chain)
                .sslProvider(provider)
                .protocols(PROTOCOLS)
                .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        "http/1.1"))
                .build();
    }
}
