package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.runtime.FailureReason;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.FileNotFoundException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Says in one line, in plain English, why a command or a connection failed, and what to do. The words of an error that Redis
 * has sent stand behind ours. What Netty, Lettuce and Java say about a connection is replaced, since it names their classes
 * and not the cause. Thread-safe.
 */
public final class RedisFailure {
    private static final String UNRESOLVED =
            "its host name cannot be resolved: correct it in --redis, or see /etc/hosts and DNS";

    private static final String REFUSED = "nothing accepts connections there";

    /** The ends of reasons that name no cause. */
    private static final String CLOSED = "the connection was closed";

    private static final String RESET =
            "the other side reset the connection; if it does so each time, it may take only TLS: rediss:// in --redis";

    /** What to do about an error of Redis, by the beginning of its text. */
    private static final Map<String, String> HINTS = new LinkedHashMap<>();

    /** The cause behind what a library says, by a part of its text in lower case. */
    private static final Map<String, String> CAUSES = new LinkedHashMap<>();

    static {
        HINTS.put("NOAUTH", "it asks for a password: give one in --redis");
        HINTS.put("WRONGPASS", "the user or the password in --redis is wrong, or the user is switched off");
        HINTS.put("ERR AUTH <password> called without", "it has no password: leave it out of --redis");
        HINTS.put("ERR Client sent AUTH", "it has no password: leave it out of --redis");
        HINTS.put("LOADING", "it has just started, and still loads its data");
        HINTS.put(
                "MASTERDOWN",
                "it is a replica that has lost its master, and serves nothing (replica-serve-stale-data)");
        HINTS.put("CLUSTERDOWN", "a part of the cluster is away, so the cluster serves nothing");
        HINTS.put("READONLY", "it is a replica: give the address of the master in --redis, or those of its Sentinels");
        HINTS.put("MISCONF", "it cannot save its data to disk, and takes no writes: see its log");
        HINTS.put("OOM", "it has used up its maxmemory: raise that, or let it evict keys");
        HINTS.put("MOVED", "another node serves the channel or key by now");
        HINTS.put("ERR max number of clients", "raise its maxclients, or close other connections");
        HINTS.put("ERR DB index is out of range", "--redis names a database that it does not have");
        HINTS.put("ERR invalid DB index", "--redis names a database that it does not have");
        HINTS.put("ERR SELECT is not allowed", "a cluster has no databases: name none in --redis");
        HINTS.put("ERR This instance has cluster support disabled", "it is no cluster: use redis:// in --redis");
        HINTS.put("ERR No such master", "correct the name after # in --redis");
        HINTS.put(
                "ERR unknown command 'SENTINEL'",
                "it is no Sentinel: use redis:// in --redis, or the port of the Sentinels");
        HINTS.put("ERR unknown command 'SSUBSCRIBE'", "sharded Pub/Sub needs Redis 7; or --redis-sharded false");
        HINTS.put("ERR unknown command `SSUBSCRIBE`", "sharded Pub/Sub needs Redis 7; or --redis-sharded false");

        CAUSES.put(
                "certificate_required",
                "it asks for a certificate of the gateway: give --redis-tls-cert and --redis-tls-key");
        for (String alert :
                new String[] {"unknown_ca", "bad_certificate", "certificate_unknown", "certificate_expired"}) {
            CAUSES.put(
                    "received fatal alert: " + alert,
                    "it does not accept the certificate in --redis-tls-cert (" + alert + ')');
        }
        CAUSES.put(
                "received fatal alert: handshake_failure",
                "it refused the TLS handshake; perhaps it asks for a certificate: give --redis-tls-cert and"
                        + " --redis-tls-key");
        CAUSES.put("connection refused", REFUSED + ": is Redis started, and is the address right?");
        CAUSES.put(
                "permission denied",
                "this user may not open it; set unixsocketperm in redis.conf, or add the user to the group of the socket");
        // A node of a cluster fails with a text only, without an exception.
        CAUSES.put(
                "unable to find valid certification path",
                "no authority that the gateway trusts has signed its certificate; see --redis-tls-ca");
        for (String wrongHost : new String[] {"no subject alternative", "no name matching"}) {
            CAUSES.put(
                    wrongHost,
                    "its certificate is for another host; give the host that it names in --redis, or --redis-tls-verify ca");
        }
        CAUSES.put("failed to resolve", UNRESOLVED);
        CAUSES.put(
                "not a directory",
                "a part of the path of the socket is not a directory; a database is written ?db=3 there, not /3");
        CAUSES.put("connection reset", RESET);
        CAUSES.put("broken pipe", CLOSED);
        CAUSES.put("connection timed out", "it did not answer in time");
        CAUSES.put("currently not connected", CLOSED);
        CAUSES.put("connection closed", CLOSED);
        CAUSES.put("connection disconnected", CLOSED);
        CAUSES.put("redishandshakehandler not registered", CLOSED);
        CAUSES.put("connection is closed", CLOSED);
        CAUSES.put("connection is already closed", CLOSED);
        CAUSES.put("channel closed", CLOSED);
        CAUSES.put("channel is closed", CLOSED);
        CAUSES.put("handshake timed out", "it did not answer in time; perhaps it does not speak TLS");
        CAUSES.put("initialization timed out", "it did not answer in time");
        CAUSES.put("timeout after", "it did not answer in time");
        CAUSES.put("command timed out", "it did not answer in time");
        CAUSES.put("sslengine closed", CLOSED);
        CAUSES.put("invalid first byte: 21 ", "it speaks TLS: use rediss:// in --redis");
        CAUSES.put("invalid first byte", "something else than Redis answers there");
        CAUSES.put("executor terminated", "this gateway is ending");
        CAUSES.put("event executor", "this gateway is ending");
    }

    /** What Lettuce puts before the answer of one node. */
    private static final String NODE_ERROR = "Unable to connect to [";

    /** What Lettuce puts before the answers of the nodes of a cluster. */
    private static final String DETAILS = "Details: ";

    private static final Pattern NODE =
            Pattern.compile("\\[rediss?://(?:[^@\\]]*@)?(?<node>[^?/\\]]*)[^\\]]*]: (?<text>.*?)(?= \\[rediss?://|$)");

    private RedisFailure() {}

    /** Returns the reason of the innermost cause: the outer ones only say that something failed. */
    public static String reason(Throwable failure) {
        Throwable cause = failure;
        boolean certificate = cause instanceof CertificateException;
        boolean name = cause instanceof UnknownHostException;
        while (cause.getCause() != null) {
            cause = cause.getCause();
            certificate |= cause instanceof CertificateException;
            name |= cause instanceof UnknownHostException;
        }
        if (name) {
            return UNRESOLVED;
        }
        String text = oneLine(cause.getMessage());
        return certificate ? "its certificate is not accepted: " + certificate(cause, text) : reason(cause, text);
    }

    /** Returns true when Redis refused a command, or did not answer it in time; false when the connection is at fault. */
    public static boolean isOfCommand(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof RedisCommandExecutionException || cause instanceof RedisCommandTimeoutException;
    }

    /** Returns true when the user of the gateway has no right to a command, a key or a channel. */
    public static boolean isRefusal(Throwable failure) {
        return isOf(failure, "NOPERM");
    }

    /**
     * Returns the one of two reasons that tells more. A Redis that refuses the gateway also closes the connection, and
     * sometimes only that is seen: it names no cause, so the cause that was seen before remains. A connection that was closed has
     * existed, which is news after an attempt that found no way to Redis.
     */
    static String better(String before, String now) {
        boolean namesCause = !now.endsWith(CLOSED) && !now.endsWith(RESET);
        return namesCause || before.contains(REFUSED) || before.contains(UNRESOLVED) ? now : before;
    }

    /** Returns true for an error of Redis with this code, the first word of its text. */
    static boolean isOf(Throwable failure, String code) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof RedisCommandExecutionException
                && oneLine(cause.getMessage()).startsWith(code);
    }

    private static String oneLine(@Nullable String message) {
        return message == null ? "" : FailureReason.withoutCall(message.strip()).replaceAll("\\s*\\R\\s*", " ");
    }

    private static String certificate(Throwable cause, String text) {
        if (cause instanceof CertificateExpiredException) {
            return "it has expired (" + text + ')';
        }
        if (cause instanceof CertificateNotYetValidException) {
            return "it is not valid yet (" + text + ')';
        }
        if (text.startsWith("No subject alternative") || text.startsWith("No name matching")) {
            return "it is for another host; give the host that it names in --redis, or --redis-tls-verify ca (" + text
                    + ')';
        }
        return text.startsWith("unable to find valid certification path") || text.startsWith("Path does not chain")
                ? "no authority that the gateway trusts has signed it; see --redis-tls-ca (" + text + ')'
                : "Java refuses it (" + text + ')';
    }

    private static String reason(Throwable cause, String text) {
        if (cause instanceof RedisCommandExecutionException) {
            return withHint(text);
        }
        int details = text.indexOf(DETAILS);
        if (details >= 0) {
            return ofNodes(text.substring(details + DETAILS.length()));
        }
        if (cause instanceof NotSslRecordException) {
            return "it does not speak TLS: use redis:// in --redis, or its TLS port";
        }
        if (cause instanceof ConnectTimeoutException || cause instanceof RedisCommandTimeoutException) {
            return "it did not answer in time";
        }
        if (cause instanceof FileNotFoundException && text.isEmpty()) {
            return "there is no such file; correct the path in --redis, or unixsocket in redis.conf";
        }
        if (cause instanceof ClosedChannelException) {
            return CLOSED;
        }
        if (cause instanceof OutOfMemoryError) {
            return "out of memory: " + text;
        }
        String known = known(text);
        if (known != null) {
            return known;
        }
        if (text.startsWith(NODE_ERROR)) { // The error of Redis that stands behind it, as of a cluster.
            return ofNode(text);
        }
        if (cause instanceof ConnectException || cause instanceof NoRouteToHostException) {
            return "no connection could be made: " + text;
        }
        if (cause instanceof SSLException) {
            return "TLS failed: " + text;
        }
        return text.isEmpty() ? "no reason is known; --log-level debug shows more" : text;
    }

    /** Says what each node of a cluster answered that was asked for the others. */
    private static String ofNodes(String details) {
        Matcher node = NODE.matcher(details);
        Map<String, List<String>> nodes = new LinkedHashMap<>();
        while (node.find()) {
            nodes.computeIfAbsent(ofNode(node.group("text")), any -> new ArrayList<>())
                    .add(node.group("node"));
        }
        if (nodes.size() > 1) {
            nodes.remove(CLOSED); // The others name the cause.
        }
        return nodes.isEmpty()
                ? "its nodes do not tell which slots they serve: " + details
                : nodes.entrySet().stream()
                        .map(reason -> String.join(", ", reason.getValue()) + ": " + reason.getKey())
                        .collect(Collectors.joining("; "));
    }

    private static String ofNode(String text) {
        String own = text.startsWith(NODE_ERROR) ? text.replaceFirst(".*?]: ", "") : text;
        String known = known(own);
        return known == null ? withHint(own) : known;
    }

    private static @Nullable String known(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return CAUSES.entrySet().stream()
                .filter(cause -> lower.contains(cause.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseGet(() -> FailureReason.ofText(text));
    }

    private static String withHint(String text) {
        if (text.startsWith("DENIED")) { // A page of text follows.
            return "DENIED by its protected mode: give it a password, or switch that mode off";
        }
        return HINTS.entrySet().stream()
                .filter(hint -> text.startsWith(hint.getKey()))
                .map(hint -> hint.getValue() + " (" + text + ')')
                .findFirst()
                .orElse(text);
    }
}
