package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.wire.CloseCode;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The reasons to refuse a client or a request. This is the only table in the code; docs/security.md shows it.
 *
 * <p>Limits and faults of the set-up come first; metrics count each of them by its label. Each reason has an HTTP status and may have two close
 * codes. {@code closeCode} is for a client of {@code hibiki.v1}, which is upgraded to be told the code, since a browser
 * hides the status from the page. {@code retryCode} is set when the client may come back soon: an event stream then gets a
 * stream that ends at once, and metrics count this code.
 */
public enum Refusal {
    PROXY_HEADER(HttpResponseStatus.BAD_REQUEST),
    FORWARDED_FOR(HttpResponseStatus.BAD_REQUEST),
    CONNECTIONS(HttpResponseStatus.SERVICE_UNAVAILABLE, null, null, "--max-connections"),
    ADDRESS_CONNECTIONS(HttpResponseStatus.TOO_MANY_REQUESTS, null, null, "--max-connections-per-address"),
    HEADER_BYTES(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, null, null, "--max-header-bytes"),
    REQUEST_TIMEOUT(HttpResponseStatus.REQUEST_TIMEOUT, null, null, "--request-timeout-ms"),
    ADDRESS_HANDSHAKES(HttpResponseStatus.TOO_MANY_REQUESTS, null, CloseCode.OVERLOADED, "--handshakes-per-address"),
    HANDSHAKE_RATE(HttpResponseStatus.SERVICE_UNAVAILABLE, null, CloseCode.OVERLOADED, "--handshake-rate"),
    /** The memory of all logs is used up. */
    LOG_MEMORY(
            HttpResponseStatus.SERVICE_UNAVAILABLE, CloseCode.OVERLOADED, CloseCode.OVERLOADED, "--log-memory-bytes"),
    /** The heap is nearly full. */
    HEAP(HttpResponseStatus.SERVICE_UNAVAILABLE, CloseCode.OVERLOADED, CloseCode.OVERLOADED),
    USER_SESSIONS(HttpResponseStatus.TOO_MANY_REQUESTS, null, null, "--max-sessions-per-user"),
    MESSAGE_RATE(HttpResponseStatus.TOO_MANY_REQUESTS, null, null, "--max-client-messages"),
    MESSAGE_BYTES(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, null, null, "--max-client-message-bytes"),
    /** A proxy on the way has removed what asks for a WebSocket. */
    UPGRADE_REMOVED(HttpResponseStatus.UPGRADE_REQUIRED),
    /** A client speaks TLS to a port without TLS. */
    NO_TLS(HttpResponseStatus.BAD_REQUEST),
    /** The page that the request comes from is not allowed. */
    ORIGIN(HttpResponseStatus.FORBIDDEN),
    /** More topics than one session may read, or more last ids than it may give. */
    TOPICS(HttpResponseStatus.BAD_REQUEST, CloseCode.BAD_REQUEST, null, "--max-topics"),

    /** The request is no opening handshake of RFC 6455, so that nothing can be told after it. */
    HANDSHAKE(HttpResponseStatus.BAD_REQUEST),
    /** The query, or a message of the client, is not valid. */
    MALFORMED(HttpResponseStatus.BAD_REQUEST, CloseCode.BAD_REQUEST, null),
    WEBSOCKET_VERSION(HttpResponseStatus.UPGRADE_REQUIRED),
    UNKNOWN_CHANNEL(HttpResponseStatus.NOT_FOUND, CloseCode.BAD_REQUEST, null),
    /** The client's token does not allow a channel or region that it asks for. */
    FORBIDDEN(HttpResponseStatus.FORBIDDEN, CloseCode.FORBIDDEN, null),
    BAD_TOKEN(HttpResponseStatus.UNAUTHORIZED, CloseCode.BAD_TOKEN, null),
    /** The key of the client's token is not known yet; keys are being fetched. */
    KEYS_AWAITED(HttpResponseStatus.SERVICE_UNAVAILABLE, CloseCode.OVERLOADED, CloseCode.OVERLOADED),
    /** The gateway is shutting down. */
    ENDING(HttpResponseStatus.SERVICE_UNAVAILABLE, null, CloseCode.RESTARTING);

    private final int status;
    private final @Nullable CloseCode closeCode;
    private final @Nullable CloseCode retryCode;
    private final @Nullable String option;

    Refusal(HttpResponseStatus status) {
        this(status, null, null);
    }

    Refusal(HttpResponseStatus status, @Nullable CloseCode closeCode, @Nullable CloseCode retryCode) {
        this(status, closeCode, retryCode, null);
    }

    Refusal(
            HttpResponseStatus status,
            @Nullable CloseCode closeCode,
            @Nullable CloseCode retryCode,
            @Nullable String option) {
        this.status = status.code();
        this.closeCode = closeCode;
        this.retryCode = retryCode;
        this.option = option;
    }

    /** The name in metrics and logs. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The error code in {@code hibiki.v1}. */
    public String errorCode() {
        return this == UNKNOWN_CHANNEL || this == FORBIDDEN || this == BAD_TOKEN ? label() : "refused";
    }

    /** True for a limit of the gateway and for a fault of the set-up, which metrics count. */
    public boolean isLimit() {
        return compareTo(TOPICS) <= 0;
    }

    /** The labels of all limits. */
    public static List<String> limitLabels() {
        return Stream.of(values()).filter(Refusal::isLimit).map(Refusal::label).toList();
    }

    /** The option that sets the limit, for the log; null for what is no limit. */
    public @Nullable String option() {
        return option;
    }

    HttpResponseStatus status() {
        return HttpResponseStatus.valueOf(status);
    }

    /** The close code for a client of {@code hibiki.v1} that is upgraded to be told; null when it gets the HTTP status. */
    @Nullable CloseCode closeCode() {
        return closeCode;
    }

    /** The code under which metrics count an event stream that may come back soon; null when it gets the HTTP status. */
    @Nullable CloseCode retryCode() {
        return retryCode;
    }
}
