package dev.hibiki.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.bench.report.JsonReport;
import dev.hibiki.bench.report.RunResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

@Tag("jdk")
class BenchIT {
    @TempDir
    Path directory = Path.of(".");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource({"ws,steady", "http,steady", "ws,burst", "ws,churn", "ws,stalled", "ws,resume"})
    void shouldSeeEveryEventAtEveryClient(String scheme, String scenario) throws IOException {
        try (TinyServer server = new TinyServer(1)) {
            assertThat(run(server, scheme, scenario)).as(err.toString()).isZero();
        }
        RunResult run = JsonReport.read(directory.resolve("run.json"));
        assertThat(run.connect().clients()).isEqualTo(20);
        assertThat(run.losses().missing()).isZero();
        assertThat(run.losses().duplicates()).isZero();
        assertThat(run.losses().reordered()).isZero();
        assertThat(run.phases()).allSatisfy(phase -> {
            assertThat(phase.published()).isPositive();
            assertThat(phase.deliveries()).isEqualTo(phase.expected());
            assertThat(phase.incompleteEvents()).isZero();
            assertThat(phase.latency().count()).isPositive();
            assertThat(phase.lastClient().count()).isEqualTo(phase.published());
        });
        assertThat(directory.resolve("report.html")).content().contains("<polyline");
        assertThat(directory.resolve("connect.hgrm")).content().contains("Percentile");
    }

    @Test
    void shouldExpectOnlyTheEventsOfItsRegionAtEachClient() throws IOException {
        try (TinyServer server = new TinyServer(1)) {
            assertThat(run(server, "ws", "steady", "--regions", "JP,KR,VN"))
                    .as(err.toString())
                    .isZero();
        }
        RunResult run = JsonReport.read(directory.resolve("run.json"));
        assertThat(run.losses().missing()).isZero();
        assertThat(run.losses().foreign()).isZero();
        assertThat(run.phases()).singleElement().satisfies(phase -> {
            assertThat(phase.deliveries()).isEqualTo(phase.expected()).isLessThan(phase.published() * 20);
            assertThat(phase.lastClient().count()).isEqualTo(phase.published());
        });
    }

    @Test
    void shouldSendTheConfiguredHeadersAndKeepTheirValuesOutOfTheReport() throws IOException {
        try (TinyServer server = new TinyServer(1)) {
            assertThat(run(server, "ws", "steady", "--header", "Authorization: Bearer a, s3cret", "--header", "X-A:b"))
                    .as(err.toString())
                    .isZero();
            assertThat(server.tokens()).hasSizeGreaterThanOrEqualTo(20).containsOnly("Bearer a, s3cret");
        }
        assertThat(JsonReport.read(directory.resolve("run.json")).options())
                .containsEntry("--header", "Authorization,X-A");
        assertThat(directory.resolve("report.html")).content().doesNotContain("s3cret");
    }

    @Test
    void shouldLetClientsReadWhatCameAfterTheIdThatTheyResumeFrom() throws IOException {
        try (TinyServer server = new TinyServer(1)) {
            assertThat(run(server, "ws", "resume")).as(err.toString()).isZero();
        }
        assertThat(JsonReport.read(directory.resolve("run.json")).notes())
                .singleElement()
                .asString()
                .matches("[1-9][0-9]* of [1-9][0-9]* clients resumed, .*; 0 failed; .*");
    }

    @Test
    void shouldNoticeRepeatedEvents() throws IOException {
        try (TinyServer server = new TinyServer(2)) {
            assertThat(run(server, "ws", "steady")).as(err.toString()).isZero();
        }
        RunResult run = JsonReport.read(directory.resolve("run.json"));
        assertThat(run.losses().missing()).isZero();
        assertThat(run.losses().duplicates()).isPositive();
    }

    @Test
    void shouldHoldIdleClientsAndReportTheProcess() throws IOException {
        try (TinyServer server = new TinyServer(1)) {
            String pid = Long.toString(ProcessHandle.current().pid());
            assertThat(run(server, "ws", "idle", "--pid", pid, "--heap"))
                    .as(err.toString())
                    .isZero();
        }
        RunResult run = JsonReport.read(directory.resolve("run.json"));
        assertThat(run.phases()).isEmpty();
        assertThat(run.connect().rssAfterBytes()).isPositive();
        assertThat(run.connect().heapAfterBytes()).isPositive();
        assertThat(run.notes()).anyMatch(note -> note.startsWith("idle: server CPU"));
    }

    @Test
    void shouldReportInOneLineThatTheServerIsDown() throws IOException {
        int port;
        try (TinyServer server = new TinyServer(1)) {
            port = server.port();
        }
        assertThat(execute("--url", "ws://127.0.0.1:" + port)).isEqualTo(2);
        assertThat(err.toString().lines()).singleElement().asString().contains("127.0.0.1:" + port);
    }

    @ParameterizedTest
    @CsvSource({
        "--connections,0,> 0",
        "--connections,99999999,open-file limit",
        "--rate,-1,> 0",
        "--resume-bytes,0,> 0",
        "--url,ftp://x/,expected: ws://",
        "--publish,mailto:x,expected: redis://",
        "--pid,999999999,a process of this machine",
        "--header,no colon,NAME: VALUE",
        "--header,A: 新,NAME: VALUE",
        "--scenario,nonsense,nonsense",
        "--nonsense,1,--nonsense"
    })
    void shouldNameAnInvalidOption(String option, String value, String expected) {
        assertThat(execute(option, value)).isEqualTo(2);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .startsWith("hibiki-bench: ")
                .contains(option)
                .contains(expected);
    }

    private int run(TinyServer server, String scheme, String scenario, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--url", scheme + "://127.0.0.1:" + server.port() + "/",
                "--publish", "http://127.0.0.1:" + server.port() + "/publish/{channel}",
                "--scenario", scenario,
                "--connections", "20",
                "--sample", "5",
                "--rate", "50",
                "--warmup", "0.3",
                "--duration", "0.7",
                "--burst-events", "5",
                "--burst-every", "200",
                "--churn-rate", "20",
                "--churn-life", "0.2",
                "--stalled-percent", "20",
                "--resume-clients", "30",
                "--resume-bytes", "100000",
                "--out", directory.toString()));
        arguments.addAll(List.of(more));
        return execute(arguments.toArray(String[]::new));
    }

    private int execute(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}
