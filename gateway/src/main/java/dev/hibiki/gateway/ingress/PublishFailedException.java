package dev.hibiki.gateway.ingress;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Not all events could be published. */
public final class PublishFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> published;

    /** @param published the ids of the events, from the first on, that were published before the failure */
    public PublishFailedException(List<String> published, String reason, @Nullable Throwable cause) {
        super(reason, cause);
        this.published = List.copyOf(published);
    }

    public List<String> published() {
        return published;
    }
}
