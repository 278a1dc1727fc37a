package dev.hibiki.testing;

/** Redis answered a command with an error, such as {@code NOAUTH} or {@code WRONGTYPE}. */
public final class RedisErrorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RedisErrorException(String reply) {
        super(reply);
    }
}
