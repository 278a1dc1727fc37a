package dev.hibiki.gateway.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RateLimitedLogTest {
    private final AtomicLong nowNs = new AtomicLong(Long.MAX_VALUE - 5); // System.nanoTime() may overflow.
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final Logger logger = new LoggerContext().getLogger("test");
    private final RateLimitedLog log = new RateLimitedLog(logger, nowNs::get);

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
    }

    private void warn(int times) {
        for (int i = 1; i <= times; i++) {
            log.warn("line {}", i);
        }
    }

    private void passSeconds(int seconds) {
        nowNs.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }

    private List<String> logged() {
        List<String> messages =
                lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        lines.list.clear();
        return messages;
    }

    @Test
    void shouldLogOnlyTheFirstFewLinesOfAPeriod() {
        warn(100);

        assertThat(lines.list).extracting(ILoggingEvent::getLevel).containsOnly(Level.WARN);
        assertThat(logged())
                .isEqualTo(
                        IntStream.rangeClosed(1, 5).mapToObj(i -> "line " + i).toList());
        passSeconds(9);
        warn(1);
        assertThat(logged()).isEmpty();
    }

    @Test
    void shouldLogTheNumberOfSuppressedLinesWhenTheNextPeriodBegins() {
        warn(8);
        logged();
        passSeconds(10);
        warn(2);

        assertThat(logged())
                .containsExactly("3 more like this were not logged; the metrics count them all", "line 1", "line 2");
    }

    @Test
    void shouldLogNoNumberWhenNoLineWasSuppressed() {
        warn(5);
        logged();
        passSeconds(10);
        warn(1);

        assertThat(logged()).containsExactly("line 1");
    }
}
