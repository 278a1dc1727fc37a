package dev.hibiki.gateway.metrics;

/** Why somebody was not let in, or was sent away, at the edge. The one table in the code; README.md shows it. */
public enum Refusal {
    PROXY_HEADER("proxy_header"),
    FORWARDED_FOR("forwarded_for"),
    CONNECTIONS("connections"),
    ADDRESS_CONNECTIONS("address_connections"),
    HEADER_BYTES("header_bytes"),
    REQUEST_TIMEOUT("request_timeout"),
    ADDRESS_HANDSHAKES("address_handshakes"),
    HANDSHAKE_RATE("handshake_rate"),
    USER_SESSIONS("user_sessions"),
    MESSAGE_RATE("message_rate"),
    MESSAGE_BYTES("message_bytes"),
    TOPICS("topics");

    private final String label;

    Refusal(String label) {
        this.label = label;
    }

    /** As metrics and logs name it. */
    public String label() {
        return label;
    }
}
