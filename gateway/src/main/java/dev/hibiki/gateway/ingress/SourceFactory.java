package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.channels.ChannelSpec;
import org.jspecify.annotations.Nullable;

/** The checked options of a source, and the way to make it. Immutable; has {@code equals}, as a record does. */
public interface SourceFactory {
    /** Makes the source. It connects to nothing before {@link EventSource#start}. */
    EventSource create(SourceContext context);

    /** Returns what {@code --channel} must name instead of this channel; null when the source can read it. */
    default @Nullable String refuse(ChannelSpec channel) {
        return null;
    }
}
