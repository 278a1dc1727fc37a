package dev.hibiki.bench.micro;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.ResourceLeakDetector;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** All microbenchmarks run. Their results are not tested. */
class MicrobenchmarksTest {
    private static final String IGNORE_LOCK = "jmh.ignoreLock";
    private static final ResourceLeakDetector.Level LEVEL = ResourceLeakDetector.getLevel();

    @BeforeAll
    static void prepare() {
        // With a stack trace for each of a million deliveries, the benchmarks would take minutes.
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        // Another benchmark may run on this machine.
        System.setProperty(IGNORE_LOCK, "true");
    }

    @AfterAll
    static void restore() {
        ResourceLeakDetector.setLevel(LEVEL);
        System.clearProperty(IGNORE_LOCK);
    }

    static List<Class<?>> classes() {
        return List.of(
                DerivedBuffers.class,
                Deflating.class,
                EventNormalising.class,
                FanOut.class,
                FrameEncoding.class,
                Sweeping.class,
                TokenChecking.class);
    }

    @ParameterizedTest
    @MethodSource("classes")
    void shouldRunEachBenchmarkOnce(Class<?> benchmarks) throws RunnerException {
        Options options = new OptionsBuilder()
                .include('^' + benchmarks.getName() + "\\.")
                .param("bytes", "300")
                .param("level", "1")
                .param("sessions", "1000")
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(1))
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .build();
        Collection<RunResult> results = new Runner(options).run();
        assertThat(results)
                .isNotEmpty()
                .allSatisfy(result ->
                        assertThat(result.getPrimaryResult().getScore()).isPositive());
    }

    @Test
    void shouldCoverAllBenchmarks() {
        Set<BenchmarkListEntry> all = BenchmarkList.defaultList()
                .getAll(OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of());
        Set<String> names =
                all.stream().map(BenchmarkListEntry::getUserClassQName).collect(Collectors.toSet());
        assertThat(names)
                .containsExactlyInAnyOrderElementsOf(
                        classes().stream().map(Class::getName).toList());
    }
}
