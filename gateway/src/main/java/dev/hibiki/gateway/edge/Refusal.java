package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.wire.CloseCode;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why a client is not let in, or is sent away. The one table in the code; README.md shows it.
 *
 * <p>Limits come first; metrics count each of them by its label. For each reason: the HTTP status; the close code that a
 * client of {@code hibiki.v1} gets after an upgrade, where the status alone would not reach it; and the close code for a
 * client that may come back in a moment.
 */
public enum Refusal {
    PROXY_HEADER(HttpResponseStatus.BAD_REQUEST),
    FORWARDED_FOR(HttpResponseStatus.BAD_REQUEST),
    CONNECTIONS(HttpResponseStatus.SERVICE_UNAVAILABLE),
    ADDRESS_CONNECTIONS(HttpResponseStatus.TOO_MANY_REQUESTS),
    HEADER_BYTES(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
    REQUEST_TIMEOUT(HttpResponseStatus.REQUEST_TIMEOUT),
    ADDRESS_HANDSHAKES(HttpResponseStatus.TOO_MANY_REQUESTS, null, CloseCode.OVERLOADED),
    HANDSHAKE_RATE(HttpResponseStatus.SERVICE_UNAVAILABLE, null, CloseCode.OVERLOADED),
    USER_SESSIONS(HttpResponseStatus.TOO_MANY_REQUESTS),
    MESSAGE_RATE(HttpResponseStatus.TOO_MANY_REQUESTS),
    MESSAGE_BYTES(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE),
    /** More topics than one session may read. */
    TOPICS(HttpResponseStatus.BAD_REQUEST),

    /** The request, or the selection in it, makes no sense. */
    MALFORMED(HttpResponseStatus.BAD_REQUEST),
    /** The page that asks may not connect. */
    ORIGIN(HttpResponseStatus.FORBIDDEN),
    HTTP_VERSION(HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED),
    WEBSOCKET_VERSION(HttpResponseStatus.UPGRADE_REQUIRED),
    UNKNOWN_CHANNEL(HttpResponseStatus.NOT_FOUND),
    /** The client's token does not allow what it asks for. */
    FORBIDDEN(HttpResponseStatus.FORBIDDEN, CloseCode.FORBIDDEN, null),
    BAD_TOKEN(HttpResponseStatus.UNAUTHORIZED, CloseCode.BAD_TOKEN, null),
    /** The keys that the client's token may be signed with are being fetched. */
    KEYS_AWAITED(HttpResponseStatus.SERVICE_UNAVAILABLE, CloseCode.OVERLOADED, CloseCode.OVERLOADED),
    /** The gateway ends. */
    ENDING(HttpResponseStatus.SERVICE_UNAVAILABLE, null, CloseCode.RESTARTING);

    private final int status;
    private final @Nullable CloseCode code;
    private final @Nullable CloseCode later;

    Refusal(HttpResponseStatus status) {
        this(status, null, null);
    }

    Refusal(HttpResponseStatus status, @Nullable CloseCode code, @Nullable CloseCode later) {
        this.status = status.code();
        this.code = code;
        this.later = later;
    }

    /** As metrics and logs name it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** As a client of {@code hibiki.v1} is told in answer to a message. */
    public String errorCode() {
        return this == UNKNOWN_CHANNEL || this == FORBIDDEN ? label() : "refused";
    }

    /** True for a limit of the gateway, which metrics count. */
    public boolean isLimit() {
        return compareTo(TOPICS) <= 0;
    }

    /** The labels of all limits. */
    public static List<String> limitLabels() {
        return Stream.of(values()).filter(Refusal::isLimit).map(Refusal::label).toList();
    }

    HttpResponseStatus status() {
        return HttpResponseStatus.valueOf(status);
    }

    /** Null where the HTTP status says it all. */
    @Nullable CloseCode code() {
        return code;
    }

    /** Null for a client that would only be refused again: its token does not get better, its user's sessions stay. */
    @Nullable CloseCode later() {
        return later;
    }
}
