package dev.hibiki.gateway.config;

/** Who does the arithmetic of TLS. */
public enum TlsEngine {
    /** OpenSSL where it is there, else Java's own. */
    AUTO,
    JDK,
    OPENSSL
}
