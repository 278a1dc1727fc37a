package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.runtime.ConnectionFields;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import dev.hibiki.gateway.wire.CloseCode;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Writes the log lines about sessions. Thread-safe. Sessions that open and close normally are logged at DEBUG, since there
 * are thousands of them. Unusual ends are logged at INFO, with a rate limit for each reason. The end of a session goes on when
 * there is no memory for its line; the metrics count it.
 */
final class SessionLog {
    private static final Logger log = LoggerFactory.getLogger(SessionLog.class);
    private static final Set<String> UNUSUAL = Set.of(
            CloseReason.STALLED.label(),
            CloseReason.of(CloseCode.PROTOCOL_ERROR).label(),
            CloseReason.of(CloseCode.INVALID_PAYLOAD).label(),
            CloseReason.of(CloseCode.POLICY).label(),
            CloseReason.of(CloseCode.TOO_BIG).label(),
            CloseReason.of(CloseCode.LAGGED).label());

    /** A rate limit for each unusual reason. */
    private static final Map<String, RateLimitedLog> LIMITED = new ConcurrentHashMap<>();

    private static final RateLimitedLog FAILURES = new RateLimitedLog(log);

    private SessionLog() {}

    static void opened(Session session, Selection chosen, @Nullable JoinResult start) {
        if (log.isDebugEnabled()) {
            LoggingEventBuilder line = fields(log.atDebug(), session)
                    .addKeyValue("kind", session.protocol().kind())
                    .addKeyValue("channels", String.join(",", chosen.channels()))
                    .addKeyValue("regions", String.join(",", chosen.routes()))
                    .addKeyValue(
                            "resume",
                            start == null ? "waiting" : start.resumed().label());
            String userAgent = session.profile.userAgent();
            (userAgent == null ? line : line.addKeyValue("user_agent", userAgent)).log("Session opened");
        }
    }

    /** Called before the session leaves its group, which knows the user. */
    static void closed(Session session, CloseReason why) {
        try {
            writeClosed(session, why);
        } catch (OutOfMemoryError e) {
            // The session leaves nevertheless.
        }
    }

    private static void writeClosed(Session session, CloseReason why) {
        boolean debug = log.isDebugEnabled();
        if (!debug && !UNUSUAL.contains(why.label())) {
            return;
        }
        LoggingEventBuilder line = fields(line(why.label(), debug), session)
                .addKeyValue("kind", session.protocol().kind());
        if (why.code() != 0) {
            line = line.addKeyValue("code", why.code());
        }
        line = line.addKeyValue("reason", why.text());
        if (why.option() != null) {
            line = line.addKeyValue("option", why.option());
        }
        line.addKeyValue("duration_ms", session.ageMs()).log("Session closed");
    }

    private static LoggingEventBuilder line(String label, boolean debug) {
        if (!UNUSUAL.contains(label)) {
            return log.atDebug();
        }
        return debug
                ? log.atInfo() // At DEBUG there is no rate limit.
                : LIMITED.computeIfAbsent(label, any -> new RateLimitedLog(log)).at(Level.INFO);
    }

    /** Called before the session is aborted, as {@link #closed}. */
    static void failed(Session session, Throwable cause) {
        try {
            fields(FAILURES.at(Level.WARN), session).setCause(cause).log("Session failed");
        } catch (OutOfMemoryError e) {
            // The session ends nevertheless.
        }
    }

    private static LoggingEventBuilder fields(LoggingEventBuilder line, Session session) {
        LoggingEventBuilder about = ConnectionFields.add(line, session.channel());
        String user = session.loop.grants().userOf(session);
        return (user == null ? about : about.addKeyValue("user", user))
                .addKeyValue("region", session.profile.region().toString());
    }
}
