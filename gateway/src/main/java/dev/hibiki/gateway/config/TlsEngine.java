package dev.hibiki.gateway.config;

/** The implementation of TLS. */
public enum TlsEngine {
    /** OpenSSL when it is available, else that of Java. */
    AUTO,
    JDK,
    OPENSSL
}
