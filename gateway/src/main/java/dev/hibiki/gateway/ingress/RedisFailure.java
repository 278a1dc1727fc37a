package dev.hibiki.gateway.ingress;

import java.util.concurrent.CompletionException;

/** What went wrong with Redis, in one line. */
final class RedisFailure {
    private RedisFailure() {}

    /** The message of the innermost cause: the outer ones only say that something failed. */
    static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        return message == null || cause instanceof CompletionException
                ? cause.getClass().getSimpleName()
                : message;
    }
}
