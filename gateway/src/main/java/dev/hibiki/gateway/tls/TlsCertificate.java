package dev.hibiki.gateway.tls;

import dev.hibiki.gateway.config.Pem;
import dev.hibiki.gateway.config.TlsEngine;
import dev.hibiki.gateway.config.TlsIdentity;
import dev.hibiki.gateway.config.TlsSettings;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.OpenSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The certificate chain that clients see, with its key, as read from the files once. Immutable.
 *
 * @param withoutOpenSsl the reason why Java's TLS is used although OpenSSL may be; null when OpenSSL is used or not asked for
 */
record TlsCertificate(
        SslContext context, TlsIdentity identity, @Nullable String withoutOpenSsl) {
    static final String CERTIFICATE_OPTION = "--tls-cert-file";

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
        TlsIdentity identity =
                TlsIdentity.read(CERTIFICATE_OPTION, settings.certificate(), "--tls-key-file", settings.key());
        String withoutOpenSsl = withoutOpenSsl(settings.engine(), identity.key().getAlgorithm());
        boolean openSsl = settings.engine() != TlsEngine.JDK && withoutOpenSsl == null;
        try {
            SslContext context = context(identity, openSsl ? SslProvider.OPENSSL : SslProvider.JDK);
            return new TlsCertificate(context, identity, withoutOpenSsl);
        } catch (IOException | RuntimeException e) { // As for a key that only the other engine takes.
            throw new IOException(
                    CERTIFICATE_OPTION + ": \"" + settings.certificate() + "\": "
                            + (openSsl ? "OpenSSL" : "Java's TLS")
                            + " cannot use this certificate with its key (expected:"
                            + " another pair" + (openSsl ? ", or --tls-engine jdk" : "") + "): " + Pem.innermost(e),
                    e);
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

    boolean isOpenSsl() {
        return context instanceof OpenSslContext;
    }

    /** The name of the TLS engine in the log, with that of its library. */
    String engine() {
        return isOpenSsl() ? "OpenSSL (" + OpenSslLibrary.version() + ")" : "JDK";
    }

    private static SslContext context(TlsIdentity identity, SslProvider provider) throws IOException {
        return SslContextBuilder.forServer(identity.key(), identity.chain())
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
