package dev.hibiki.gateway.redis;

import java.security.cert.CertificateException;
import java.util.concurrent.CompletionException;

/** Says in one line why a command or a connection failed. */
public final class RedisFailure {
    private RedisFailure() {}

    /** Returns the message of the innermost cause: the outer ones only say that something failed. */
    public static String reason(Throwable failure) {
        Throwable cause = failure;
        boolean certificate = false;
        while (cause.getCause() != null) {
            cause = cause.getCause();
            certificate |= cause instanceof CertificateException;
        }
        String message = cause.getMessage();
        String reason = message == null || cause instanceof CompletionException
                ? cause.getClass().getSimpleName()
                : message.strip().replaceAll("\\s*\\R\\s*", " ");
        return certificate ? "its certificate is not accepted: " + reason : reason;
    }
}
