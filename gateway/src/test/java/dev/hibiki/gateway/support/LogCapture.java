package dev.hibiki.gateway.support;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

/** Captures all lines that are logged while it is open. Any thread may log; confined to the thread of the test otherwise. */
public final class LogCapture implements AutoCloseable {
    private final Logger root = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(Logger.ROOT_LOGGER_NAME);
    private final Level level = root.getLevel();
    private final List<Appender<ILoggingEvent>> silenced;
    private final Queue<ILoggingEvent> events = new ConcurrentLinkedQueue<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            events.add(event);
        }
    };

    private LogCapture(List<Appender<ILoggingEvent>> silenced) {
        this.silenced = silenced;
        appender.setContext(root.getLoggerContext());
        appender.start();
        root.addAppender(appender);
    }

    public static LogCapture start() {
        return new LogCapture(List.of());
    }

    /** Captures all levels down to TRACE, and detaches the console until {@link #close}. */
    public static LogCapture startOfEverything() {
        Logger root = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(Logger.ROOT_LOGGER_NAME);
        List<Appender<ILoggingEvent>> others = stream(root).toList();
        LogCapture capture = new LogCapture(others);
        others.forEach(root::detachAppender);
        root.setLevel(Level.TRACE);
        return capture;
    }

    private static Stream<Appender<ILoggingEvent>> stream(Logger logger) {
        Iterable<Appender<ILoggingEvent>> appenders = logger::iteratorForAppenders;
        return StreamSupport.stream(appenders.spliterator(), false);
    }

    /** Level, message and fields ({@code key=value}), with the stack trace where there is one. */
    public List<String> lines() {
        return events.stream().map(LogCapture::format).toList();
    }

    public List<String> linesWith(String part) {
        return lines().stream().filter(line -> line.contains(part)).toList();
    }

    /**
     * All lines with a stack trace, except two kinds: those of the Redis client about a Redis that is down, and those about a
     * handshake with Redis whose timeout fires after its event loop has ended.
     */
    public List<String> exceptions() {
        return events.stream()
                .filter(event -> !event.getLoggerName().startsWith("io.lettuce"))
                .filter(event ->
                        event.getThrowableProxy() != null && event.getLevel().isGreaterOrEqual(Level.INFO))
                .map(LogCapture::format)
                .filter(line -> !line.contains("Event loop shut down?") || !line.contains("RedisHandshakeHandler.fail"))
                .toList();
    }

    private static String format(ILoggingEvent event) {
        IThrowableProxy thrown = event.getThrowableProxy();
        String trace = thrown == null ? "" : '\n' + ThrowableProxyUtil.asString(thrown);
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        String fields = pairs == null
                ? ""
                : pairs.stream().map(pair -> " " + pair.key + '=' + pair.value).collect(Collectors.joining());
        return event.getLevel() + " " + event.getFormattedMessage() + fields + trace;
    }

    @Override
    public void close() {
        root.setLevel(level);
        silenced.forEach(root::addAppender);
        root.detachAppender(appender);
        appender.stop();
    }
}
