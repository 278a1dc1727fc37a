package dev.hibiki.gateway.redis;

import java.util.function.Consumer;

/**
 * A way of publishing through Redis that a source does not read. Publishers who use it by mistake see no error. Confined to the
 * thread of its {@link UnreadEvents}.
 */
public interface UnreadWay extends AutoCloseable {
    /** Says how such events come, as the end of "Events for x come". */
    String described();

    /** Returns the option with which a gateway reads them. */
    String readWith();

    /**
     * Looks which channels get events in this way. Each command is optional: a refusal changes nothing.
     *
     * @param found told of channels, now or later, from any thread
     */
    void look(Consumer<String> found);

    @Override
    default void close() {}
}
