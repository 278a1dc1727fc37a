package dev.hibiki.gateway.runtime;

import dev.hibiki.gateway.options.Values;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The value of the {@code --transport} option: one transport, or the best one that this machine has. */
public enum TransportChoice {
    AUTO,
    IO_URING,
    EPOLL,
    NIO;

    private static final Logger log = LoggerFactory.getLogger(TransportChoice.class);

    /**
     * The transport to use. {@link #AUTO} takes the first available one in the order io_uring, epoll, nio, and logs those
     * that are not available.
     *
     * @throws IllegalStateException when the chosen transport is not available; the message has the reason
     */
    public Transport resolve() {
        if (this != AUTO) {
            Transport asked = Transport.valueOf(name());
            Throwable cause = asked.unavailability();
            if (cause != null) {
                throw new IllegalStateException(
                        "--transport " + optionName() + " is not available here: " + reason(cause), cause);
            }
            return asked;
        }
        for (Transport transport : Transport.values()) {
            Throwable cause = transport.unavailability();
            if (cause == null) {
                return transport;
            }
            log.warn("Transport {} is not available, trying the next: {}", transport.optionName(), reason(cause));
        }
        throw new AssertionError("nio is always available");
    }

    private static String reason(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.toString();
    }

    /** The value of the option. */
    public String optionName() {
        return Values.nameOf(this);
    }
}
