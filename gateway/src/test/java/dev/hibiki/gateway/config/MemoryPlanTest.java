package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import dev.hibiki.gateway.support.LogCapture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryPlanTest {
    private static final MemoryPlan SMALL = plan(96, 24, 320);

    private static MemoryPlan plan(long heap, long direct, long machine) {
        return new MemoryPlan(heap << 20, direct << 20, machine << 20);
    }

    private static GatewayConfig load(MemoryPlan plan, String... flags) throws ConfigException {
        return Objects.requireNonNull(
                new ConfigLoader("v", Map.of(), Plugins.builtIn().sources(), plan)
                        .load(flags)
                        .config());
    }

    @ParameterizedTest
    @CsvSource({
        "512, 4096, 24000, 2048",
        "96, 24, 320, 12",
        "96, 32, 320, 16",
        "96, 200, 320, 71",
        "512, 4096, 320, 4",
    })
    void shouldGiveTheLogsHalfOfTheDirectMemoryOrWhatIsLeft(long heap, long direct, long machine, long expected) {
        assertThat(plan(heap, direct, machine).defaultForLogs() >> 20).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "96, 32, 320, 20480",
        "512, 4096, 24000, 4931584",
        "512, 4096, 320, 20480",
    })
    void shouldLetInAsManyClientsAsTheKernelHasMemoryFor(long heap, long direct, long machine, int expected) {
        assertThat(plan(heap, direct, machine).mostConnections(0)).isEqualTo(expected);
        assertThat(plan(heap, direct, machine).mostConnections(3 * 4_096)).isEqualTo(expected / 4);
        assertThat(MemoryPlan.UNLIMITED.mostConnections(6_400)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void shouldRefuseOnlySizesThatSomeoneHasChosenAndThatCannotFit() {
        assertThatCode(() -> load(SMALL)).doesNotThrowAnyException();
        assertThatCode(() -> load(SMALL, "--log-memory-bytes", "16m", "--log-bytes", "16m"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> load(SMALL, "--log-memory-bytes", "17m"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(
                        "--log-memory-bytes: \"17m\", from flag --log-memory-bytes (expected: at most 16m,")
                .hasMessageContaining("24m of direct memory (-XX:MaxDirectMemorySize)");
        assertThatCode(() -> load(SMALL, "--log-bytes", "16m")).doesNotThrowAnyException();
        assertThatThrownBy(() -> load(SMALL, "--log-bytes", "17m"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("--log-bytes: \"17m\", from flag --log-bytes (expected: at most 16m, since")
                .hasMessageContaining("320m");
        assertThatThrownBy(() -> load(SMALL, "--log-memory-bytes", "8m", "--log-bytes", "9m"))
                .hasMessageContaining("at most 8m, which is --log-memory-bytes)");
        assertThatThrownBy(() -> load(SMALL, "--log-memory-bytes", "8m", "--log-bytes", "16m"))
                .hasMessageContaining("at most 8m, which is --log-memory-bytes)");
        assertThatCode(() -> load(SMALL, "--log-memory-bytes", "8m")).doesNotThrowAnyException();
    }

    @Test
    void shouldPrintADefaultThatFits() throws ConfigException {
        assertThat(new ConfigLoader("v", Map.of(), Plugins.builtIn().sources(), SMALL)
                        .load("--log-memory-bytes", "8m", "--print-config")
                        .text())
                .contains("# default, changed to fit --log-memory-bytes\nlog-bytes=8388608\n");
    }

    @Test
    void shouldSayTheArithmeticInOneLineAndWarnWhenItDoesNotFit() throws ConfigException {
        try (LogCapture log = LogCapture.start()) {
            SMALL.announce(load(SMALL).limits());
            plan(512, 4096, 320).announce(load(SMALL).limits());

            List<String> lines = log.linesWith("Memory: all logs together may take ");
            assertThat(lines).hasSize(2);
            assertThat(lines.get(0)).startsWith("INFO").contains(" 12m ", " 96m of heap", " 24m of direct", " 320m");
            assertThat(lines.get(1)).startsWith("WARN").contains("the kernel may kill the gateway");
        }
    }

    /** Heap and direct memory of the scripts leave room for Java itself and for sockets in the kernel. */
    @ParameterizedTest
    @ValueSource(ints = {320, 512, 1_024, 4_096, 24_000})
    void shouldFitWithTheFlagsOfTheScripts(int machine) throws IOException {
        Path library = Path.of("../scripts/lib/java.sh").toAbsolutePath();
        Process bash = new ProcessBuilder("bash", "-c", "source " + library + "; memory_flags " + machine).start();
        String flags = new String(bash.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        long[] sizes = Arrays.stream(flags.split("\\D+"))
                .filter(size -> !size.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray();

        assertThat(flags).containsSubsequence("-Xms", "-Xmx", "-XX:MaxDirectMemorySize=");
        MemoryPlan plan = plan(sizes[1], sizes[2], machine);
        assertThat(plan.exceedsMachine()).isFalse();
        assertThat(plan.defaultForLogs()).isEqualTo(sizes[2] << 19);
    }
}
