package dev.hibiki.gateway.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.testing.LongRun;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs each fuzz target with its seeds, and with mutations of them that are the same each time. */
class FuzzTargetsTest {
    private static final int MUTATIONS = LongRun.setting("hibiki.test.fuzz", 500, 100_000);
    private static final Path CODE = Path.of("src", "test", "java");
    private static final Path SEEDS = Path.of("src", "test", "resources", "fuzz");

    static List<String> targets() throws IOException {
        try (Stream<Path> files = Files.walk(CODE)) {
            return files.filter(file -> file.toString().endsWith("Fuzz.java"))
                    .map(file -> CODE.relativize(file)
                            .toString()
                            .replace(".java", "")
                            .replace('/', '.'))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("targets")
    void shouldHoldForSeedsAndMutations(String target) throws Exception {
        Method run = Class.forName(target).getMethod("fuzzerTestOneInput", byte[].class);
        List<byte[]> seeds = seeds(target.substring(target.lastIndexOf('.') + 1));
        assertThat(seeds).isNotEmpty();
        for (byte[] seed : seeds) {
            run(run, seed);
        }
        Mutator mutator = new Mutator(seeds, 1);
        for (int i = 0; i < MUTATIONS; i++) {
            run(run, mutator.next());
        }
    }

    private static List<byte[]> seeds(String target) throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        try (Stream<Path> files = Files.list(SEEDS.resolve(target))) {
            for (Path file : files.sorted().toList()) {
                seeds.add(Files.readAllBytes(file));
            }
        }
        return seeds;
    }

    private static void run(Method target, byte[] input) throws IllegalAccessException {
        try {
            target.invoke(null, (Object) input);
        } catch (InvocationTargetException e) {
            throw new AssertionError(
                    "add this input to the seeds, in base64: "
                            + Base64.getEncoder().encodeToString(input),
                    e.getCause());
        }
    }
}
