package dev.hibiki.bench.micro;

import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.event.EventLimits;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.event.RejectedEventException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Parsing and rewriting one event, per event: CJK text that comes raw against the same text escaped, by size. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class EventNormalising {
    private static final EventLimits LIMITS = new EventLimits(64 * 1024, 32);

    /** How the publisher writes what is not ASCII. */
    public enum Text {
        /** As UTF-8. */
        RAW,
        /** As PHP's json_encode and Python's json.dumps do by default: 新 is a backslash and u65b0. */
        ESCAPED
    }

    @Param({"300", "1024", "16384"})
    int bytes;

    @Param
    Text text = Text.RAW;

    private final EventParser parser = new EventParser(LIMITS, "region", new EventIds("bench"));
    private byte[] json = {};

    @Setup
    public void setUp() {
        json = text == Text.RAW ? SampleEvents.raw(bytes) : SampleEvents.escaped(bytes);
    }

    @Benchmark
    public Event parse() throws RejectedEventException {
        return parser.parse(json);
    }
}
