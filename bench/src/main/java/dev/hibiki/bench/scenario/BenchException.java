package dev.hibiki.bench.scenario;

/** The run cannot go on; the message is for the user, in one line. */
public final class BenchException extends Exception {
    private static final long serialVersionUID = 1L;

    public BenchException(String message) {
        super(message);
    }
}
