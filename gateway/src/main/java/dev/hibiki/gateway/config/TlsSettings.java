package dev.hibiki.gateway.config;

import java.nio.file.Path;

/**
 * TLS on the port where clients connect.
 *
 * @param certificate the server's certificate and its chain up to the authority, in PEM
 * @param key its private key, in PEM; may be the same file
 */
public record TlsSettings(Path certificate, Path key, int handshakeTimeoutMs, int reloadIntervalMs, TlsEngine engine) {}
