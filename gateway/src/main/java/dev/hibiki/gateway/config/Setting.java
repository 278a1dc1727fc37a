package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.OptionGroup;
import org.jspecify.annotations.Nullable;

/** The options of the gateway itself. The options of a source are in the package of the source. */
public enum Setting implements Option {
    CHANNEL(
            "NAME",
            "topvideohub:trending",
            "The channel to read: a channel of Redis Pub/Sub, a pattern as in PSUBSCRIBE, or the key of a stream."),
    HOST("ADDRESS", "0.0.0.0", "The address on which clients connect."),
    PORT("PORT", "8765", "The port on which clients connect. 0 takes a free port."),
    ADMIN_HOST(
            "ADDRESS",
            "127.0.0.1",
            "The address of the admin port. An address that other machines reach needs a publish key."),
    ADMIN_PORT("PORT", "9765", "The port for health, metrics and publishing over HTTP. 0 takes a free port."),
    ADMIN_NAME(
            "NAME",
            null,
            "A host name by which programs reach the admin port, such as gateway-1.internal. IP addresses and localhost"
                    + " always work."),
    ADMIN_KEY(
            "KEY",
            null,
            "A key that /sessions and /drain require, as \"Authorization: Bearer KEY\". Other users of this machine can"
                    + " read flags, so prefer the variable or --admin-key-file."),
    ADMIN_KEY_FILE(
            "FILE",
            null,
            "A file with admin keys, one on each line. Lines with # are comments. The gateway reads the file again when it"
                    + " changes."),
    ADMIN_KEY_FOR_METRICS("BOOLEAN", "false", "Require an admin key for /metrics, too."),
    PUBLISH_KEY(
            "KEY",
            null,
            "A key that publishers must send to /publish, as \"Authorization: Bearer KEY\". Other users of this machine can"
                    + " read flags, so prefer the variable or --publish-keys-file. Not set: everybody who reaches the admin"
                    + " port can publish."),
    PUBLISH_KEYS_FILE(
            "FILE",
            null,
            "A file with publish keys, one on each line. Lines with # are comments. The gateway reads the file again when"
                    + " it changes."),
    JWT_SECRET_FILE(
            "FILE",
            null,
            "A file with the secret of tokens that are signed with HS256. Clients then need a token. The gateway reads the"
                    + " file again when it changes."),
    JWT_PUBLIC_KEY_FILE(
            "FILE",
            null,
            "A PEM file with the public keys of tokens that are signed with RS256, ES256 or EdDSA. Clients then need a"
                    + " token. The gateway reads the file again when it changes."),
    JWKS_URL(
            "URL",
            null,
            "The address of a JWKS with the public keys of tokens. Clients then need a token. The gateway fetches the keys"
                    + " every five minutes, and when a token names an unknown key."),
    JWT_ISSUER("TEXT", null, "The value that the claim iss of a token must have. Not set: any."),
    JWT_AUDIENCE("TEXT", null, "The value that the claim aud of a token must contain. Not set: any."),
    JWT_LEEWAY_S("SECONDS", "30", "How far the clock of the token's issuer may differ from the gateway's clock."),
    JWT_COOKIE(
            "NAME",
            null,
            "The name of a cookie that may hold the token. Browsers send cookies for every page, so this needs"
                    + " --allowed-origin."),
    JWT_IN_QUERY(
            "BOOLEAN",
            "false",
            "Accept the token as ?token= in the URL. Proxies then write tokens to their access logs."),
    ALLOWED_ORIGIN(
            "ORIGIN",
            "*",
            "The origin of web pages that may connect: https://example.com, https://*.example.com for all subdomains,"
                    + " capacitor://localhost for an app, null for sandboxed frames and local files, or * for all pages."
                    + " Requests without an Origin header do not come from pages and are always allowed."),
    ROUTING_FIELD("FIELD", "region", "The field of an event by which a client filters, with ?region=."),
    DEFAULT_REGION(
            "LABEL",
            "US",
            "The region under which metrics, logs and /sessions show a connection that has no X-Region header. It chooses no"
                    + " events."),
    TRANSPORT(
            "NAME",
            "auto",
            "The way to use sockets: io_uring, epoll, nio, or auto, which takes the first of these that works here."),
    EVENT_LOOPS("NUMBER", "0", "The number of threads that serve clients. 0 means one for each processor."),
    MAX_EVENT_BYTES("BYTES", "64k", "The largest size of an event. Larger events are rejected."),
    MAX_PUBLISH_BYTES("BYTES", "1m", "The largest body of one HTTP request that publishes."),
    LOG_BYTES(
            "BYTES",
            "16m",
            "How many bytes of events each topic keeps for clients that are behind. A topic is a channel, or one region of"
                    + " a channel."),
    IDLE_LOG_BYTES(
            "BYTES",
            "256m",
            "How many bytes all topics that nobody reads may keep together, for clients that come back. At least"
                    + " --log-bytes."),
    LOG_MEMORY_BYTES(
            "BYTES",
            "0",
            "The most memory that all logs of events may take together. When it is used up, the gateway drops the oldest"
                    + " events, and then refuses new clients. 0 means half of Java's direct memory, or less where the"
                    + " machine has less."),
    LAG_POLICY(
            "[CHANNEL=]POLICY",
            null,
            "What happens to a client that is too slow for the events that are kept: close ends its session, skip leaves"
                    + " events out, latest sends only the newest event of each --lag-key. Give one policy for each channel,"
                    + " and one for all others. Not set: skip for hibiki.v1 and /sse, close for other WebSockets."),
    LAG_KEY("FIELD", "video_id", "The field of an event that says what it is about, for --lag-policy latest."),
    MAX_WRITE_BYTES("BYTES", "64k", "The most bytes that the gateway writes to one client at a time."),
    STALL_TIMEOUT_MS(
            "MILLISECONDS", "30000", "After this time the gateway disconnects a client that accepts no bytes."),
    PING_INTERVAL_MS("MILLISECONDS", "25000", "The time between two pings to a client."),
    SHUTDOWN_TIMEOUT_MS(
            "MILLISECONDS", "5000", "How long clients may take to close their connections when the gateway ends."),
    DRAIN_DELAY_MS(
            "MILLISECONDS",
            "0",
            "How long the gateway admits new clients after it was told to end. In this time proxies notice that /readyz"
                    + " says no."),
    DRAIN_RATE(
            "NUMBER",
            "1000",
            "How many sessions a second the gateway ends with close code 1012 when it is told to end. 0 ends all at once,"
                    + " with 1001."),
    DRAIN_DEADLINE_MS(
            "MILLISECONDS", "30000", "After this time of the drain, the gateway ends all other sessions at once."),
    DRAIN_PEER(
            "URL",
            null,
            "The admin port of another gateway that takes over the clients, such as http://10.0.0.2:9765. The drain is then"
                    + " only as fast as these gateways admit clients."),
    TRUSTED_PROXY(
            "NETWORK",
            null,
            "An address or network of your proxies, such as 10.0.0.0/8. The gateway believes their PROXY protocol header or"
                    + " X-Forwarded-For. Not set: it believes nobody."),
    MAX_CONNECTIONS(
            "NUMBER",
            "0",
            "The most connections of clients. 0 means as many as there is memory for, and as the limit of open files allows, less a"
                    + " reserve of 256."),
    MAX_CONNECTIONS_PER_ADDRESS(
            "NUMBER",
            null,
            "The most connections of one IPv4 address or one /64 of IPv6. Trusted proxies have no limit. 0 means no limit."
                    + " Not set: 1000 with --trusted-proxy, no limit without."),
    MAX_HEADER_BYTES(
            "BYTES", "8k", "The longest first line of a client's request, and the most bytes of all its headers."),
    REQUEST_TIMEOUT_MS("MILLISECONDS", "10000", "How long a client may take to send a whole request."),
    IDLE_TIMEOUT_MS(
            "MILLISECONDS", "10000", "How long a connection without a session may stay silent after an answer."),
    HANDSHAKES_PER_ADDRESS(
            "NUMBER",
            null,
            "How many sessions a second one address may begin; ten times as many at once. Trusted proxies have no limit. 0"
                    + " means no limit. Not set: 50 with --trusted-proxy, no limit without."),
    HANDSHAKE_RATE("NUMBER", "0", "How many sessions a second all clients together may begin. 0 means no limit."),
    OVER_BUDGET(
            "NAME",
            "refuse",
            "The answer to a WebSocket client over --handshake-rate. refuse: status 503; accept: the upgrade, and then"
                    + " close code 1013, which a page can read."),
    MAX_SESSIONS_PER_USER(
            "NUMBER", "100", "The most sessions of one user, named by the claim sub of tokens. 0 means no limit."),
    MAX_CLIENT_MESSAGES(
            "NUMBER", "100", "How many frames a second one WebSocket client may send, with pings. 0 means no limit."),
    MAX_CLIENT_MESSAGE_BYTES("BYTES", "4k", "The largest message of a WebSocket client, and its largest frame."),
    MAX_TOPICS("NUMBER", "64", "The most topics, which are channels times regions, that one client may read at once."),
    AGENT_PORT(
            "PORT",
            null,
            "A port on --admin-host that answers HAProxy's agent-check. 0 takes a free port. Not set: there is none."),
    HEALTH_PATH(
            "PATH",
            null,
            "A path of the client port, such as /health, that answers 200 when the gateway is ready and 503 when it is not. For"
                    + " load balancers that do not reach the admin port. Not set: there is none."),
    LOOP_TIMEOUT_MS(
            "MILLISECONDS",
            "30000",
            "After this time without an answer from an event loop, /healthz asks for a restart."),
    CANARY_INTERVAL_MS(
            "MILLISECONDS",
            "5000",
            "The time between two probes. A probe is an event of the gateway's own that must come back through Redis and"
                    + " every event loop. 0 means no probes."),
    REQUIRE_ALL_CHANNELS(
            "BOOLEAN",
            "false",
            "Let /readyz say no as soon as one channel cannot be read. Otherwise it does so only when none can be read."),
    DEFLATE("BOOLEAN", "true", "Compress events for WebSocket clients that ask for permessage-deflate."),
    DEMO("BOOLEAN", "true", "Serve the demo page at /. Without Redis, it has a button that publishes."),
    LOG_FORMAT("NAME", "text", "The format of log lines: text, or json with one object on each line."),
    LOG_LEVEL("LEVEL", "info", "How much is logged: error, warn, info, debug, which logs each connection, or trace."),
    TLS_CERT_FILE(
            "FILE",
            null,
            "A PEM file with the certificate and its chain. Clients must then connect with TLS. The gateway reads the file"
                    + " again when it changes."),
    TLS_KEY_FILE(
            "FILE",
            null,
            "A PEM file with the certificate's private key, in PKCS #8 without a password. It may be the same file."),
    TLS_ENGINE(
            "NAME",
            "auto",
            "The implementation of TLS: jdk, openssl (netty-tcnative), or auto, which takes openssl where it is there.");

    private final String valueName;
    private final @Nullable String defaultText;
    private final String description;

    Setting(String valueName, @Nullable String defaultText, String description) {
        this.valueName = valueName;
        this.defaultText = defaultText;
        this.description = description;
    }

    @Override
    public OptionGroup group() {
        return switch (this) {
            case CHANNEL -> OptionGroup.REDIS;
            case HOST, PORT, ALLOWED_ORIGIN, TRUSTED_PROXY, DEMO, DEFLATE -> OptionGroup.CLIENTS;
            case TLS_CERT_FILE, TLS_KEY_FILE, TLS_ENGINE -> OptionGroup.TLS;
            case JWT_SECRET_FILE, JWT_PUBLIC_KEY_FILE, JWKS_URL, JWT_LEEWAY_S -> OptionGroup.TOKENS;
            case JWT_ISSUER, JWT_AUDIENCE, JWT_COOKIE, JWT_IN_QUERY, MAX_SESSIONS_PER_USER -> OptionGroup.TOKENS;
            case ADMIN_HOST, ADMIN_PORT, ADMIN_NAME, MAX_PUBLISH_BYTES -> OptionGroup.ADMIN;
            case ADMIN_KEY, ADMIN_KEY_FILE, ADMIN_KEY_FOR_METRICS -> OptionGroup.ADMIN;
            case PUBLISH_KEY, PUBLISH_KEYS_FILE -> OptionGroup.ADMIN;
            case ROUTING_FIELD, MAX_EVENT_BYTES, LOG_BYTES, IDLE_LOG_BYTES, LOG_MEMORY_BYTES -> OptionGroup.EVENTS;
            case LAG_POLICY, LAG_KEY, STALL_TIMEOUT_MS, PING_INTERVAL_MS, MAX_WRITE_BYTES -> OptionGroup.LAG;
            case MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS, HANDSHAKES_PER_ADDRESS -> OptionGroup.LIMITS;
            case HANDSHAKE_RATE, OVER_BUDGET, MAX_HEADER_BYTES, REQUEST_TIMEOUT_MS -> OptionGroup.LIMITS;
            case IDLE_TIMEOUT_MS, MAX_CLIENT_MESSAGES, MAX_CLIENT_MESSAGE_BYTES, MAX_TOPICS -> OptionGroup.LIMITS;
            case DRAIN_DELAY_MS, DRAIN_RATE, DRAIN_DEADLINE_MS, DRAIN_PEER, SHUTDOWN_TIMEOUT_MS -> OptionGroup.DRAIN;
            case AGENT_PORT, HEALTH_PATH, LOOP_TIMEOUT_MS, CANARY_INTERVAL_MS, REQUIRE_ALL_CHANNELS ->
                OptionGroup.HEALTH;
            case LOG_FORMAT, LOG_LEVEL, DEFAULT_REGION, TRANSPORT, EVENT_LOOPS -> OptionGroup.SYSTEM;
        };
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
        return switch (this) {
            case CHANNEL, LAG_POLICY, ALLOWED_ORIGIN, ADMIN_NAME, ADMIN_KEY, PUBLISH_KEY, DRAIN_PEER, TRUSTED_PROXY ->
                true;
            default -> false;
        };
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
