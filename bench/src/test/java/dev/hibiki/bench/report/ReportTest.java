package dev.hibiki.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    @TempDir
    Path directory = Path.of(".");

    @Test
    void shouldReadTheFileThatItWrites() throws IOException {
        RunResult run = Runs.run("one");
        Path file = directory.resolve("run.json");
        Files.writeString(file, JsonReport.write(run));
        assertThat(JsonReport.read(file)).isEqualTo(run);
    }

    @Test
    void shouldNameAFileThatIsNoRun() throws IOException {
        Path file = Files.writeString(directory.resolve("no.json"), "{\"format\":");
        assertThatThrownBy(() -> JsonReport.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no.json");
        Files.writeString(file, "{}");
        assertThatThrownBy(() -> JsonReport.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no.json");
    }

    @Test
    void shouldGivePercentilesInMicroseconds() {
        Latency latency = Runs.run("one").phases().get(0).latency();
        assertThat(latency.count()).isEqualTo(1_000);
        assertThat(latency.p50Us()).isCloseTo(5_000, within(10.0));
        assertThat(latency.p99Us()).isCloseTo(9_900, within(20.0));
        assertThat(latency.maxUs()).isCloseTo(10_000, within(20.0));
        assertThat(latency.curve()).isSortedAccordingTo((a, b) -> Double.compare(a.us(), b.us()));
        assertThat(latency.curve().get(0).percentile()).isZero();
    }

    @Test
    void shouldOmitAnEmptyHistogram() {
        Latency none = Runs.run("one").phases().get(1).latency();
        assertThat(none.maxUs()).isZero();
        assertThat(none.curve()).isEmpty();
    }

    @Test
    void shouldAlignTheTable() {
        String table = Table.of(Runs.run("one"));
        assertThat(table).contains("1,000 clients at 1,950/s").contains("4.500").contains("kept up");
        List<String> rows = table.lines().skip(1).limit(3).toList();
        assertThat(rows).extracting(String::length).containsOnly(rows.get(0).length());
    }

    @Test
    void shouldWriteASelfContainedPage() {
        String page = HtmlReport.of(List.of(Runs.run("one"), Runs.run("<two>")));
        assertThat(page)
                .contains("one: steady")
                .contains("&lt;two&gt;: steady")
                .contains("a=&lt;b&gt;")
                .contains("<polyline")
                .contains("99.9 %")
                .doesNotContain("<script")
                .doesNotContain("NaN")
                .doesNotContain("Infinity");
    }
}
