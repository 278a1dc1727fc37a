package dev.hibiki.gateway.http;

import dev.hibiki.gateway.runtime.ConnectionFields;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** Tells who was not let in, and why: a few lines per status and period. Thread-safe. */
public final class RefusalLog {
    private static final Logger log = LoggerFactory.getLogger(RefusalLog.class);
    private static final Map<Integer, RateLimitedLog> LIMITED = new ConcurrentHashMap<>();

    private RefusalLog() {}

    public static void refused(ChannelHandlerContext ctx, HttpRequest request, RefusedException refused) {
        if (refused.isLogged()) {
            return;
        }
        HttpResponseStatus status = refused.reply().status();
        LoggingEventBuilder line = LIMITED.computeIfAbsent(
                        status.code(), any -> new RateLimitedLog(log, System::nanoTime))
                .at(Level.INFO);
        line = ConnectionFields.add(line, ctx.channel());
        line = header(line, "region", request, StreamRequest.REGION_HEADER);
        line = header(line, "origin", request, HttpHeaderNames.ORIGIN);
        line = header(line, "user_agent", request, HttpHeaderNames.USER_AGENT);
        line.addKeyValue("status", status.code())
                .addKeyValue("reason", ConnectionFields.beginning(refused.getMessage()))
                .log("Refused");
    }

    private static LoggingEventBuilder header(
            LoggingEventBuilder line, String field, HttpRequest request, CharSequence name) {
        String value = request.headers().get(name);
        return value == null ? line : line.addKeyValue(field, ConnectionFields.beginning(value));
    }
}
