package dev.hibiki.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessCpuTest {
    @TempDir
    Path process = Path.of(".");

    @Test
    void shouldSumTheTimesOfRunningAndEndedThreads() throws IOException {
        Files.writeString(process.resolve("stat"), "7 (a (b) c) S 1 1 1 0 -1 0 0 0 0 0 25 17 0 0 20 0 1 0 5 0 0\n");
        thread("7", 1_000);
        thread("8", 500);
        ProcessCpu cpu = new ProcessCpu(process);
        assertThat(cpu.read()).isEqualTo(new ProcessCpu.Usage(1_500, 420_000_000));

        thread("7", 1_100);
        Files.delete(process.resolve("task/8/schedstat"));
        Files.delete(process.resolve("task/8"));
        assertThat(cpu.read().schedNs()).isEqualTo(1_600);

        thread("8", 20);
        assertThat(cpu.read().schedNs()).as("a new thread with an old id").isEqualTo(1_620);
    }

    @Test
    void shouldReadThisProcess() throws IOException {
        ProcessCpu self = new ProcessCpu(ProcessHandle.current().pid());
        assertThat(self.exists()).isTrue();
        assertThat(self.read().schedNs()).isPositive();
    }

    private void thread(String id, long ns) throws IOException {
        Path task = Files.createDirectories(process.resolve("task").resolve(id));
        Files.writeString(task.resolve("schedstat"), ns + " 12 34\n");
    }
}
