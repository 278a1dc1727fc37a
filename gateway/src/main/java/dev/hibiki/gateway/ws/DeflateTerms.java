package dev.hibiki.gateway.ws;

import dev.hibiki.gateway.wire.DeflatedFormat;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The terms of permessage-deflate that the gateway accepts for a client (RFC 7692, section 7.1). Immutable.
 *
 * <p>Neither side takes over its context from one message to the next. A server may require this of the client and
 * promise it, even when the client has not asked (sections 7.1.1.1 and 7.1.1.2). So one frame serves all clients, and a
 * connection keeps no state.
 *
 * <p>Each size of window has logs of its own, so there are two: the largest one, and {@value #SMALL_WINDOW_BITS} for clients
 * that ask for that or a little more. An answer may name a smaller window than the offer (section 7.1.2.1). An offer of less
 * would cost a log for each topic and compress next to nothing, so it is declined.
 *
 * @param windowBits the window of the gateway's deflater, as the exponent of its size in bytes
 * @param limited true when the client asked for a limit, which the answer must name
 */
record DeflateTerms(int windowBits, boolean limited) {
    private static final String NAME = "permessage-deflate";
    private static final String SERVER_NO_CONTEXT_TAKEOVER = "server_no_context_takeover";
    private static final String CLIENT_NO_CONTEXT_TAKEOVER = "client_no_context_takeover";
    private static final String SERVER_MAX_WINDOW_BITS = "server_max_window_bits";
    private static final String CLIENT_MAX_WINDOW_BITS = "client_max_window_bits";

    static final int SMALL_WINDOW_BITS = 12;

    /** The terms of the first offer that can be accepted; null when there is none. */
    static @Nullable DeflateTerms accept(List<ExtensionOffer> offers) {
        for (ExtensionOffer offer : offers) {
            DeflateTerms terms = offer.name().equals(NAME) ? accept(offer) : null;
            if (terms != null) {
                return terms;
            }
        }
        return null;
    }

    /** An offer with a parameter that is unknown, there twice, of a wrong value, or of a small window is declined (section 7.1). */
    private static @Nullable DeflateTerms accept(ExtensionOffer offer) {
        Set<String> seen = new HashSet<>();
        int windowBits = DeflatedFormat.MAX_WINDOW_BITS;
        for (ExtensionOffer.Parameter parameter : offer.parameters()) {
            String value = parameter.value();
            boolean valid = switch (parameter.name()) {
                case SERVER_NO_CONTEXT_TAKEOVER, CLIENT_NO_CONTEXT_TAKEOVER -> value == null;
                case CLIENT_MAX_WINDOW_BITS -> value == null || isWindowBits(value);
                case SERVER_MAX_WINDOW_BITS -> value != null && isWindowBits(value) && isServed(value);
                default -> false;
            };
            if (!valid || !seen.add(parameter.name())) {
                return null;
            }
            if (value != null && parameter.name().equals(SERVER_MAX_WINDOW_BITS)) {
                windowBits = Integer.parseInt(value) < windowBits ? SMALL_WINDOW_BITS : windowBits;
            }
        }
        return new DeflateTerms(windowBits, seen.contains(SERVER_MAX_WINDOW_BITS));
    }

    private static boolean isServed(String windowBits) {
        return Integer.parseInt(windowBits) >= SMALL_WINDOW_BITS;
    }

    /** From 8 to 15, without leading zeros (section 7.1.2). */
    private static boolean isWindowBits(String value) {
        return switch (value) {
            case "8", "9", "10", "11", "12", "13", "14", "15" -> true;
            default -> false;
        };
    }

    /**
     * The value of the answer's {@code Sec-WebSocket-Extensions}. It does not limit the window of the client's
     * deflater: the inflater has the largest window.
     */
    String answer() {
        return NAME + "; " + SERVER_NO_CONTEXT_TAKEOVER + "; " + CLIENT_NO_CONTEXT_TAKEOVER
                + (limited ? "; " + SERVER_MAX_WINDOW_BITS + '=' + windowBits : "");
    }
}
