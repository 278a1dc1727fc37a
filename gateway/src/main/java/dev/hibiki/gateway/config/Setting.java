package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.Option;
import org.jspecify.annotations.Nullable;

/** The options of the gateway itself. The options of a source are in the package of the source. */
public enum Setting implements Option {
    CHANNEL(
            "NAME",
            "topvideohub:trending",
            "A Redis Pub/Sub channel, or a pattern as in PSUBSCRIBE, or the key of a stream. Repeat the flag for more;"
                    + " commas elsewhere."),
    HOST("ADDRESS", "0.0.0.0", "Where clients connect."),
    PORT("PORT", "8765", "Where clients connect; 0 takes a free port."),
    ADMIN_HOST("ADDRESS", "127.0.0.1", "Where health, metrics and publishing are. Not loopback: needs a publish key."),
    ADMIN_PORT("PORT", "9765", "Where health, metrics and publishing are; 0 takes a free port."),
    ADMIN_NAME(
            "NAME",
            null,
            "A host name by which the admin port is reached, such as gateway-1.internal. Addresses and localhost need"
                    + " none. Repeatable."),
    ADMIN_KEY(
            "KEY",
            null,
            "What /sessions and /drain ask for: Authorization: Bearer KEY. Better given as a variable, or in a file."
                    + " Repeatable; each opens."),
    ADMIN_KEY_FILE("FILE", null, "More such keys, one a line, # for comments. Read again when it changes."),
    ADMIN_KEY_FOR_METRICS("BOOLEAN", "false", "Whether /metrics asks for the admin key, too."),
    PUBLISH_KEY(
            "KEY",
            null,
            "What publishers must send: Authorization: Bearer KEY. Better given as a variable, or in a file."
                    + " Repeatable; each opens."),
    PUBLISH_KEYS_FILE("FILE", null, "More such keys, one a line, # for comments. Read again when it changes."),
    JWT_SECRET_FILE(
            "FILE",
            null,
            "Clients need a token; this file holds the secret of those signed with HS256. Read again when it changes."),
    JWT_PUBLIC_KEY_FILE(
            "FILE",
            null,
            "Clients need a token; this PEM file holds the public keys of those signed with RS256, ES256 or EdDSA."
                    + " Read again when it changes."),
    JWKS_URL(
            "URL",
            null,
            "Clients need a token; here are the public keys, as a JWKS. Fetched every five minutes, and when a token"
                    + " names another."),
    JWT_ISSUER("TEXT", null, "What the claim iss of a token must be. Absent: anything."),
    JWT_AUDIENCE("TEXT", null, "What must be in the claim aud of a token. Absent: anything."),
    JWT_LEEWAY_S("SECONDS", "30", "How far the clock of who makes tokens may be from ours."),
    JWT_COOKIE(
            "NAME",
            null,
            "A cookie that may hold the token. Needs --allowed-origin, since browsers send it for any page."),
    JWT_IN_QUERY("BOOLEAN", "false", "Whether ?token= may hold the token, which then is in the logs of every proxy."),
    ALLOWED_ORIGIN(
            "ORIGIN",
            "*",
            "The pages that may connect: https://example.com, https://*.example.com for subdomains, or * for all."
                    + " Repeatable. Requests without Origin are no page's."),
    ROUTING_FIELD("FIELD", "region", "The event's field that ?region= selects by."),
    DEFAULT_REGION("LABEL", "US", "The region that a connection without X-Region counts under."),
    TRANSPORT("NAME", "auto", "auto, io_uring, epoll or nio. auto takes the first of these that works here."),
    EVENT_LOOPS("NUMBER", "0", "Threads that serve clients; 0 for one per processor."),
    MAX_EVENT_BYTES("BYTES", "64k", "The largest event."),
    MAX_EVENT_DEPTH("LEVELS", "32", "The deepest nesting within an event."),
    MAX_PUBLISH_BYTES("BYTES", "1m", "The largest body of one HTTP publish."),
    LOG_BYTES(
            "BYTES", "16m", "What is kept of each topic, a channel or one region of it, for clients that are behind."),
    IDLE_LOG_BYTES(
            "BYTES",
            "256m",
            "What all topics may keep together that nobody reads, for clients that come back; at least --log-bytes."),
    LOG_MEMORY_BYTES(
            "BYTES",
            "0",
            "The most memory of all logs together, with their indices; 0 for half of the direct memory that Java may use."
                    + " When it is used up, the oldest events go first, and then new clients are refused."),
    MAX_WRITE_BYTES("BYTES", "64k", "The most that is written to one client in one go."),
    LAG_POLICY(
            "[CHANNEL=]POLICY",
            null,
            "What becomes of a client that is too slow for what is kept: close, skip, or latest, which sends only the"
                    + " newest event of each --lag-key. Absent: skip where the client can be told, else close."
                    + " Repeatable, one per channel and one for all others."),
    LAG_KEY("FIELD", "video_id", "The event's field that says what it is about, for the lag policy latest."),
    STALL_TIMEOUT_MS("MILLISECONDS", "30000", "After how long a client that accepts no byte is cut off."),
    PING_INTERVAL_MS("MILLISECONDS", "25000", "How often a client is pinged."),
    SHUTDOWN_TIMEOUT_MS("MILLISECONDS", "5000", "How long clients may take to close when the gateway ends."),
    DRAIN_DELAY_MS(
            "MILLISECONDS",
            "0",
            "For how long new clients are still let in when the gateway ends, so that a proxy sees /readyz turn first."),
    DRAIN_RATE(
            "NUMBER",
            "1000",
            "How many clients are sent away a second, with 1012, when the gateway ends; 0: all at once, with 1001."),
    DRAIN_DEADLINE_MS("MILLISECONDS", "30000", "After how long of that the rest is sent away at once."),
    DRAIN_PEER(
            "URL",
            null,
            "The admin port of a gateway that takes over, such as http://10.0.0.2:9765: clients are sent away no faster"
                    + " than these take them, and not while none does, within the deadline. Repeatable."),
    TRUSTED_PROXY(
            "NETWORK",
            null,
            "The proxies, as 10.0.0.0/8 or as an address, that may say where a client is: by the PROXY protocol or by"
                    + " X-Forwarded-For. Absent: none. Repeatable."),
    MAX_CONNECTIONS(
            "NUMBER",
            "0",
            "The most connections of clients; 0 for as many as are possible, which is also the most: what may be open, less a"
                    + " reserve of 256, or of half when that is less."),
    MAX_CONNECTIONS_PER_ADDRESS(
            "NUMBER",
            null,
            "The most connections of one address, or of a /64 of IPv6; never of a trusted proxy's. 0: no limit."
                    + " Absent: 1000 with --trusted-proxy; no limit without, since an address may then be a proxy's."),
    MAX_HEADER_BYTES(
            "BYTES", "8k", "The longest first line of a client's request, and the most for all of its headers."),
    REQUEST_TIMEOUT_MS("MILLISECONDS", "10000", "How long a client's request may take to come, as a whole."),
    IDLE_TIMEOUT_MS("MILLISECONDS", "10000", "How long a connection without a session may be silent after an answer."),
    HANDSHAKES_PER_ADDRESS(
            "NUMBER",
            null,
            "How many sessions of one address may begin a second, and ten times as many at once; never limited for a trusted"
                    + " proxy's. 0: no limit. Absent: 50 with --trusted-proxy, no limit without."),
    HANDSHAKE_RATE("NUMBER", "0", "How many sessions may begin a second, of all clients together; 0 for no limit."),
    HANDSHAKE_BURST("NUMBER", null, "How many sessions may begin at once. Absent: as many as in a second."),
    OVER_BUDGET(
            "NAME",
            "refuse",
            "What a WebSocket over --handshake-rate gets. refuse: 503; accept: the upgrade, and a close with 1013, which"
                    + " pages can see."),
    MAX_SESSIONS_PER_USER(
            "NUMBER", "100", "How many sessions there may be with tokens of one user, by their sub; 0 for no limit."),
    MAX_CLIENT_MESSAGES(
            "NUMBER", "100", "How many frames a WebSocket client may send a second, pings among them; 0 for no limit."),
    MAX_CLIENT_MESSAGE_BYTES(
            "BYTES",
            "4k",
            "The longest message of a WebSocket client, and the longest frame; of one that it deflated, inflated too."),
    MAX_TOPICS("NUMBER", "64", "How many topics, channels times regions, one client may read at once."),
    AGENT_PORT(
            "PORT",
            null,
            "Where HAProxy's agent-check is answered, on --admin-host; 0 takes a free port. Absent: nowhere."),
    HEALTH_PATH(
            "PATH",
            null,
            "A path of the client port, such as /health, that answers 200 when the gateway is ready and 503 when it is not. For"
                    + " load balancers that do not reach the admin port. Not set: there is none."),
    LOOP_TIMEOUT_MS("MILLISECONDS", "30000", "After how long a stuck event loop makes /healthz ask for a restart."),
    CANARY_INTERVAL_MS(
            "MILLISECONDS",
            "5000",
            "How often an event of the gateway's own must come back through Redis and out of every event loop, so that a dead"
                    + " connection or loop is noticed; 0 for never."),
    REQUIRE_ALL_CHANNELS(
            "BOOLEAN",
            "false",
            "Whether /readyz is 503 as soon as one channel cannot be read; otherwise only when none can be read."),
    DEFLATE("BOOLEAN", "true", "Compress events for the WebSocket clients that ask for it (permessage-deflate)."),
    DEMO("BOOLEAN", "true", "Serve the demo page at /, with a publish button when there is no Redis."),
    LOG_FORMAT("NAME", "text", "text, for people; json, one object a line, for machines."),
    LOG_LEVEL("LEVEL", "info", "error, warn, info, debug, which logs each connection, or trace."),
    TLS_CERT_FILE(
            "FILE", null, "The certificate and those that vouch for it, in PEM. Set: clients must connect with TLS."),
    TLS_KEY_FILE("FILE", null, "The certificate's private key, in PEM (PKCS #8, not encrypted); may be the same file."),
    TLS_HANDSHAKE_TIMEOUT_MS("MILLISECONDS", "5000", "How long a client may take for the TLS handshake."),
    TLS_RELOAD_INTERVAL_MS("MILLISECONDS", "5000", "How often is looked whether the certificate's files have changed."),
    TLS_ENGINE("NAME", "auto", "auto, jdk or openssl, which needs netty-tcnative; auto takes it where it is there.");

    private final String valueName;
    private final @Nullable String defaultText;
    private final String description;

    Setting(String valueName, @Nullable String defaultText, String description) {
        this.valueName = valueName;
        this.defaultText = defaultText;
        this.description = description;
    }

    @Override
    public String valueName() {
        return valueName;
    }

    @Override
    public @Nullable String defaultText() {
        return defaultText;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public boolean isRepeatable() {
        return this == CHANNEL
                || this == LAG_POLICY
                || this == ALLOWED_ORIGIN
                || this == ADMIN_NAME
                || this == ADMIN_KEY
                || this == PUBLISH_KEY
                || this == DRAIN_PEER
                || this == TRUSTED_PROXY;
    }

    @Override
    public Secrecy secrecy() {
        return switch (this) {
            case PUBLISH_KEY, ADMIN_KEY -> Secrecy.WHOLE;
            case JWKS_URL, DRAIN_PEER -> Secrecy.PASSWORD;
            default -> Secrecy.NONE;
        };
    }
}
