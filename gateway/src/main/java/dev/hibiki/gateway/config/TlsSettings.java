package dev.hibiki.gateway.config;

import java.nio.file.Path;

/**
 * TLS on the port where clients connect.
 *
 * @param certificate the server's certificate and its chain up to the authority, in PEM
 * @param key its private key, in PEM; may be the same file
 * @param handshakeTimeoutMs how long a client may take for the handshake
 * @param reloadIntervalMs how often the files are checked for a change
 */
public record TlsSettings(Path certificate, Path key, int handshakeTimeoutMs, int reloadIntervalMs, TlsEngine engine) {
    private static final int HANDSHAKE_TIMEOUT_MS = 5_000;
    private static final int RELOAD_INTERVAL_MS = 5_000;

    /** Returns settings with the usual times. */
    static TlsSettings of(Path certificate, Path key, TlsEngine engine) {
        return new TlsSettings(certificate, key, HANDSHAKE_TIMEOUT_MS, RELOAD_INTERVAL_MS, engine);
    }
}
