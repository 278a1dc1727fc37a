package dev.hibiki.gateway.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import dev.hibiki.gateway.config.LogFormat;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/**
 * Encodes each log event as one line, as text or as a JSON object (RFC 8259). Thread-safe.
 *
 * <p>Many logged values come from clients. Characters that end a line or control a terminal are escaped everywhere, in both
 * formats, so that a client cannot forge log lines. Only a stack trace in the text format has more lines, and each of them
 * begins with a tab.
 */
final class LineEncoder extends EncoderBase<ILoggingEvent> {
    private static final byte[] NOTHING = {};
    private static final DateTimeFormatter RFC_3339 =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").withZone(ZoneId.systemDefault());

    private volatile LogFormat format = LogFormat.TEXT;

    /** Changes the format of the next lines. */
    void use(LogFormat chosen) {
        format = chosen;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(256);
        if (format == LogFormat.JSON) {
            writeJson(line, event);
        } else {
            writeText(line, event);
        }
        return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    private static List<KeyValuePair> fields(ILoggingEvent event) {
        List<KeyValuePair> fields = event.getKeyValuePairs();
        return fields == null ? List.of() : fields;
    }

    private static void writeTime(StringBuilder line, ILoggingEvent event) {
        RFC_3339.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
    }

    private static void writeText(StringBuilder line, ILoggingEvent event) {
        writeTime(line, event);
        String level = event.getLevel().toString();
        line.append(' ').append(level).append(" ".repeat(Math.max(1, 6 - level.length())));
        String logger = event.getLoggerName();
        line.append(logger, logger.lastIndexOf('.') + 1, logger.length()).append(" - ");
        LogEscapes.text(line, String.valueOf(event.getFormattedMessage()));
        for (KeyValuePair field : fields(event)) {
            line.append(' ');
            LogEscapes.text(line, field.key);
            line.append('=');
            LogEscapes.word(line, String.valueOf(field.value));
        }
        if (event.getThrowableProxy() != null) {
            StackTrace.write(line, event.getThrowableProxy());
        }
    }

    private static void writeJson(StringBuilder line, ILoggingEvent event) {
        line.append("{\"ts\":\"");
        writeTime(line, event);
        line.append('"');
        writeString(line, "level", event.getLevel().toString());
        writeString(line, "logger", event.getLoggerName());
        writeString(line, "msg", String.valueOf(event.getFormattedMessage()));
        writeString(line, "thread", event.getThreadName());
        for (KeyValuePair field : fields(event)) {
            if (field.value instanceof Integer || field.value instanceof Long || field.value instanceof Boolean) {
                writeName(line, field.key);
                line.append(field.value);
            } else {
                writeString(line, field.key, String.valueOf(field.value));
            }
        }
        if (event.getThrowableProxy() != null) {
            StringBuilder trace = new StringBuilder();
            StackTrace.write(trace, event.getThrowableProxy());
            writeString(line, "exception", trace.toString().strip());
        }
        line.append('}');
    }

    private static void writeName(StringBuilder line, String name) {
        line.append(',');
        LogEscapes.quoted(line, name);
        line.append(':');
    }

    private static void writeString(StringBuilder line, String name, String value) {
        writeName(line, name);
        LogEscapes.quoted(line, value);
    }

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }
}
