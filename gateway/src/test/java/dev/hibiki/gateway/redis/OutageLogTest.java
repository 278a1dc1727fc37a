package dev.hibiki.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.LogCapture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class OutageLogTest {
    private static final String HOST = "10.0.0.5:6379";

    private final AtomicLong nowNs = new AtomicLong(Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(30));
    private final LogCapture log = LogCapture.start();
    private final OutageLog outages = new OutageLog(LoggerFactory.getLogger(OutageLogTest.class), nowNs::get);

    @AfterEach
    void close() {
        log.close();
    }

    private void pass(long ms) {
        nowNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(ms));
    }

    @Test
    void shouldLogEachNewReasonOnceAndTheOutageOnceAMinute() {
        outages.ended(HOST);
        assertThat(log.lines()).isEmpty();
        for (int second = 0; second < 150; second++) {
            outages.failed(HOST, second % 2 == 0 ? "first" : "second");
            pass(1_000);
        }
        assertThat(log.lines())
                .containsExactly(
                        "WARN Lost Redis at 10.0.0.5:6379: first; trying again until it is back",
                        "WARN Redis at 10.0.0.5:6379 has been away for 1 s: second; still trying",
                        "WARN Redis at 10.0.0.5:6379 has been away for 61 s: second; still trying",
                        "WARN Redis at 10.0.0.5:6379 has been away for 121 s: second; still trying");
        outages.ended(HOST);
        assertThat(log.linesWith("INFO")).containsExactly("INFO Redis at 10.0.0.5:6379 is back after 150 s");
    }

    @Test
    void shouldBeginAgainWithTheNextOutage() {
        outages.failed(HOST, "first");
        pass(250);
        outages.ended(HOST);
        pass(1);
        outages.failed(HOST, "first");
        pass(999);
        outages.ended(HOST);
        assertThat(log.lines())
                .containsExactly(
                        "WARN No connection yet to Redis at 10.0.0.5:6379: first; trying again until there is one",
                        "INFO Redis at 10.0.0.5:6379 answers after 250 ms",
                        "WARN Lost Redis at 10.0.0.5:6379: first; trying again until it is back",
                        "INFO Redis at 10.0.0.5:6379 is back after 999 ms");
    }

    @Test
    void shouldNotFillTheLogWithReasonsThatAreNewEachTime() {
        for (int i = 0; i < 1_000; i++) {
            outages.failed(HOST, "number " + i);
            pass(10);
        }
        assertThat(log.linesWith("WARN")).hasSize(20);
    }

    private String told(String reason) {
        String told = outages.reason(reason);
        outages.failed(HOST, reason);
        return told;
    }

    /** A Redis that refuses a connection closes it as well, and sometimes only that is seen. */
    @Test
    void shouldKeepTheRefusalWhenTheConnectionWasOnlyClosed() {
        String closed = "the connection was closed";
        assertThat(told(closed)).isEqualTo(closed);
        assertThat(told("WRONGPASS")).isEqualTo("WRONGPASS");
        assertThat(told(closed)).isEqualTo("WRONGPASS");
        assertThat(told(
                        "10.0.0.5:6379: the other side reset the connection; if it does so each time, it may take only TLS:"
                                + " rediss:// in --redis"))
                .isEqualTo("WRONGPASS");
        pass(60_000);
        outages.failed(HOST, closed);
        assertThat(log.lines()).hasSize(3).last().asString().endsWith("for 60 s: WRONGPASS; still trying");

        String refused = "nothing accepts connections there: is Redis started?";
        assertThat(told(refused)).isEqualTo(refused);
        assertThat(told(closed)).as("there was a connection").isEqualTo(closed);
        outages.failed(HOST, "WRONGPASS");
        outages.ended(HOST);
        assertThat(told(closed)).as("another outage").isEqualTo(closed);
    }
}
