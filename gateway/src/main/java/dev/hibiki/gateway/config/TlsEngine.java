package dev.hibiki.gateway.config;

import java.util.Locale;

/** Who does the arithmetic of TLS. */
public enum TlsEngine {
    /** OpenSSL where it is there, else Java's own. */
    AUTO,
    JDK,
    OPENSSL;

    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
