package dev.hibiki.gateway.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.hibiki.gateway.config.LogFormat;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

class LineEncoderTest {
    private static final String EVIL = "a\" b\\c\r\nd\t\u001b[2J\u0000\u007f\u0085\u009b\u2028\u2029\u202e=é新🎉";

    private final LineEncoder encoder = new LineEncoder();
    private final List<String> lines = new ArrayList<>();
    private final Logger log = new LoggerContext().getLogger("a.b.Some");

    @BeforeEach
    void listen() {
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                lines.add(new String(encoder.encode(event), StandardCharsets.UTF_8));
            }
        };
        appender.start();
        log.addAppender(appender);
        log.setLevel(Level.TRACE);
    }

    private String line() {
        return lines.remove(0);
    }

    private static Map<String, Object> parse(String line) {
        assertThat(line).endsWith("}\n");
        Map<String, Object> fields = new LinkedHashMap<>();
        try (JsonParser json = new JsonFactory().createParser(ObjectReadContext.empty(), line)) {
            assertThat(json.nextToken()).isEqualTo(JsonToken.START_OBJECT);
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                JsonToken value = json.nextToken();
                Object read = switch (value) {
                    case VALUE_NUMBER_INT -> json.getLongValue();
                    case VALUE_TRUE, VALUE_FALSE -> json.getBooleanValue();
                    default -> json.getString();
                };
                assertThat(fields.put(name, read)).as(name).isNull();
            }
            assertThat(json.nextToken()).isNull();
        }
        return fields;
    }

    @Test
    void shouldWriteTextAsOneLineWithTheFieldsAfterTheMessage() {
        log.atInfo()
                .addKeyValue("connection", "0a1b")
                .addKeyValue("code", 4100)
                .addKeyValue("reason", "too slow")
                .addKeyValue("empty", "")
                .addKeyValue("agent", "Fire\"fox")
                .log("Session closed {}", 7);

        assertThat(line())
                .matches(
                        "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d) INFO  Some - Session closed 7"
                                + " connection=0a1b code=4100 reason=\"too slow\" empty=\"\" agent=\"Fire\\\\\"fox\"\n");
    }

    @Test
    void shouldWriteJsonAsOneObjectPerLine() {
        encoder.use(LogFormat.JSON);

        log.atWarn()
                .addKeyValue("code", 4100)
                .addKeyValue("duration_ms", 1L << 40)
                .addKeyValue("told", true)
                .addKeyValue("ratio", Double.NaN)
                .addKeyValue("nothing", (Object) null)
                .log("Session closed {}", 7);

        Map<String, Object> fields = parse(line());
        assertThat(OffsetDateTime.parse((String) fields.get("ts"))).isNotNull();
        assertThat(fields.keySet())
                .startsWith("ts", "level", "logger", "msg", "thread")
                .endsWith("code", "duration_ms", "told", "ratio", "nothing");
        assertThat(fields)
                .containsEntry("level", "WARN")
                .containsEntry("logger", "a.b.Some")
                .containsEntry("msg", "Session closed 7")
                .containsEntry("thread", Thread.currentThread().getName())
                .containsEntry("code", 4100L)
                .containsEntry("duration_ms", 1L << 40)
                .containsEntry("told", true)
                .containsEntry("ratio", "NaN")
                .containsEntry("nothing", "null");
    }

    @ParameterizedTest
    @EnumSource
    void shouldEscapeEverythingThatCouldBreakALine(LogFormat format) {
        encoder.use(format);

        log.atInfo().addKeyValue("agent", EVIL).addKeyValue(EVIL, "b").log("From {}", EVIL);

        String line = line();
        assertThat(line).endsWith("\n");
        assertThat(line.substring(0, line.length() - 1))
                .doesNotContainPattern("[\\p{Cntrl}\u0080-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
                .contains("\\r\\nd\\t\\u001b[2J\\u0000\\u007f\\u0085\\u009b\\u2028\\u2029\\u202e=é新🎉");
    }

    @Test
    void shouldKeepEveryCharacterInJson() {
        encoder.use(LogFormat.JSON);
        Random random = new Random(5);
        for (int i = 0; i < 500; i++) {
            String text = random.ints(40, 0, i % 2 == 0 ? 0x250 : 0x2100)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();

            log.atInfo().addKeyValue("agent", text).log(text.replace("{}", ""));

            assertThat(parse(line())).containsEntry("agent", text).containsEntry("msg", text.replace("{}", ""));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a=b", "a\"b", "a\\b", "a\u00a0b", "a\nb"})
    void shouldQuoteAFieldWhoseEndWouldBeUnclear(String value) {
        log.atInfo().addKeyValue("agent", value).log("x");

        assertThat(line()).contains(" x agent=\"a").endsWith("b\"\n");
    }

    private static Exception failure() {
        Exception failure = new IllegalStateException("first\nINFO second", new IllegalArgumentException(EVIL));
        failure.addSuppressed(new UnsupportedOperationException("also\rthis"));
        return failure;
    }

    @Test
    void shouldIndentEachLineOfAStackTraceAndEscapeItsMessages() {
        log.warn("Failed", failure());

        String line = line();
        assertThat(line)
                .contains("Some - Failed\n\tjava.lang.IllegalStateException: first\\nINFO second\n\t\tat ")
                .contains("\n\tSuppressed: java.lang.UnsupportedOperationException: also\\rthis\n")
                .contains("\n\tCaused by: java.lang.IllegalArgumentException: a\" b\\c\\r\\nd\\t\\u001b[2J")
                .containsPattern("\n\t\t\\.\\.\\. \\d+ more\n");
        assertThat(line.lines().skip(1)).allMatch(rest -> rest.startsWith("\t"));
    }

    @Test
    void shouldWriteAStackTraceAsOneFieldOfJson() {
        encoder.use(LogFormat.JSON);

        log.warn("Failed", failure());

        String line = line();
        assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
        assertThat((String) parse(line).get("exception"))
                .startsWith("java.lang.IllegalStateException: first\\nINFO second\n\t\tat ")
                .contains("\n\tCaused by: java.lang.IllegalArgumentException: ");
    }
}
