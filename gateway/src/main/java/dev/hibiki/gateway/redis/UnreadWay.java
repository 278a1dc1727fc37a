package dev.hibiki.gateway.redis;

import java.util.Collection;
import java.util.function.Consumer;

/**
 * A way of publishing through Redis that a source does not read. Publishers who use it by mistake see no error. Confined to the
 * thread of its {@link UnreadEvents}, except {@link #close}.
 */
public interface UnreadWay extends AutoCloseable {
    /** Says in one clause what was seen. */
    String seen(String channel);

    /** Returns the option with which a gateway reads what is published in this way. */
    String readWith();

    /**
     * Looks which of these channels are published to in this way; may block. Commands go one after the other until Redis refuses
     * one, because it notes each refusal in its ACL LOG. They are optional: a refusal changes nothing.
     *
     * @param channels those that bring no events now; others than the last time
     * @param found told of channels until the next look, from any thread
     */
    void look(Collection<String> channels, Consumer<String> found);

    @Override
    default void close() {}
}
