package dev.hibiki.gateway.ingress;

/** Not all events could be published. */
public final class PublishFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int published;

    /** @param published how many events, from the first on, were taken before the failure */
    public PublishFailedException(int published, String reason, Throwable cause) {
        super(reason, cause);
        this.published = published;
    }

    public int published() {
        return published;
    }
}
