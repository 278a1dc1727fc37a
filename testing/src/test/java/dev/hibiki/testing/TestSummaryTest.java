package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestSummaryTest {
    private static final String OK = "ok\t61\tJava 17\ttarget/check/java-17.log\tjava-17";
    private static final String FAILED = OK.replace("ok", "FAILED");

    @TempDir
    private Path root;

    private Path flaky;
    private boolean failed;

    @BeforeEach
    void makeFolders() throws IOException {
        Files.createDirectories(root.resolve("target/check"));
        flaky = root.resolve("target/flaky.txt");
        output("");
    }

    private void output(String text) throws IOException {
        Files.writeString(root.resolve("target/check/java-17.log"), text);
    }

    /** A report as Surefire writes it. */
    private void report(String type, String name, String seconds, String... tests) throws IOException {
        Path folder = Files.createDirectories(
                root.resolve("gateway/target/java-17-reports").resolve(type));
        Files.writeString(
                folder.resolve("TEST-" + name + ".xml"), """
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuite name="%s" time="%s" tests="9" errors="9" skipped="9" failures="9" flakes="9">
                  <properties><property name="line" value="&lt;testcase name=&quot;no&quot;/>"/></properties>
                %s
                </testsuite>
                """.formatted(name, seconds, String.join("\n", tests)));
        Files.writeString(folder.resolve(name + ".txt"), "stack traces");
    }

    private static String test(String name, String inside) {
        return "<testcase name=\"" + name + "\" classname=\"a.b.DrainIT\" time=\"0.5\">" + inside + "</testcase>";
    }

    private String summary(String... steps) throws IOException {
        TestSummary summary = new TestSummary(root);
        String text = summary.write(Files.write(root.resolve("steps"), List.of(steps)), flaky);
        failed = summary.failed();
        return text;
    }

    @Test
    void shouldCountPassedAndSkippedTestsAndListTheSteps() throws IOException {
        report("unit", "a.b.OneTest", "0.1", test("x", ""), test("y", "<skipped message=\"because\"/>"));
        report("integration", "a.b.DrainIT", "1.5", test("z", "<system-out><![CDATA[<failure/>]]></system-out>"));
        assertThat(summary("note\tnot run: the browser client", OK)).isEqualTo("""

                == Summary
                not run: the browser client
                ok         61 s  Java 17

                == The slowest test classes
                    1.5 s  DrainIT (Java 17)
                    1.0 s  OneTest (Java 17)

                == Flaky tests: none

                == Failures: none

                2 passed, 0 failed, 1 skipped
                """);
        assertThat(failed).isFalse();
        assertThat(flaky).isEmptyFile();
    }

    @Test
    void shouldNameEachFailureWithItsReasonInOneLineAndItsReport() throws IOException {
        report(
                "integration",
                "a.b.DrainIT",
                "1",
                test(
                        "fails",
                        "<failure message=\"&#10;expected: &lt;1&gt;&#10;  but was: 2\" type=\"A\">trace</failure>"),
                test("throws", "<error type=\"java.lang.IllegalStateException\"><![CDATA[trace]]></error>"),
                test("hangs", "<error message=\"hangs() timed out after 60 seconds\"/><rerunError message=\"again\"/>"),
                test("", "<error message=\"of the class\"/>"));
        assertThat(summary(FAILED)).endsWith("""
                == Failures: 4
                FAILED  a.b.DrainIT.fails (Java 17): expected: <1> but was: 2 [gateway/target/java-17-reports/integration/a.b.DrainIT.txt]
                FAILED  a.b.DrainIT.throws (Java 17): java.lang.IllegalStateException [gateway/target/java-17-reports/integration/a.b.DrainIT.txt]
                FAILED  a.b.DrainIT.hangs (Java 17): hangs() timed out after 60 seconds [gateway/target/java-17-reports/integration/a.b.DrainIT.txt]
                FAILED  a.b.DrainIT (Java 17): of the class [gateway/target/java-17-reports/integration/a.b.DrainIT.txt]

                0 passed, 4 failed, 0 skipped
                """);
        assertThat(failed).isTrue();
    }

    @Test
    void shouldShowBothEndsOfALongReason() throws IOException {
        String reason = "begin" + "x".repeat(1000) + "end";
        report("unit", "a.b.DrainIT", "1", test("x", "<failure message=\"" + reason + "\"/>"));
        assertThat(summary(FAILED).lines().filter(line -> line.contains("begin")))
                .singleElement()
                .asString()
                .contains("x ... x", "xend [")
                .hasSizeLessThan(700);
    }

    @Test
    void shouldListATestThatPassedInItsRerunAsFlakyWithTheFirstReason() throws IOException {
        report(
                "integration",
                "a.b.DrainIT",
                "1",
                test("races", "<flakyFailure message=\"not yet\" type=\"A\"><stackTrace/></flakyFailure>"),
                test("rushes", "<flakyError message=\"too early\" type=\"A\"/>"));
        String text = summary(OK);
        assertThat(text)
                .contains("== Flaky tests: 2\nFLAKY  a.b.DrainIT.races (Java 17): not yet [", "== Failures: none")
                .endsWith("\n2 passed, 0 failed, 0 skipped\n");
        assertThat(failed).isFalse();
        assertThat(Files.readAllLines(flaky)).hasSize(2).allMatch(line -> text.contains("\n" + line + "\n"));
    }

    @Test
    void shouldNameAClassThatStartedButLeftNoReport() throws IOException {
        report("integration", "a.b.DrainIT", "1", test("x", ""));
        output("[INFO] Running a.b.DrainIT\n[INFO] Running a.b.HangIT\n[ERROR] There was a timeout in the fork\n");
        assertThat(summary(FAILED)).endsWith("""
                == Failures: 1
                FAILED  a.b.HangIT (Java 17): It began and did not end: it hung, or its JVM did [target/check/java-17.log]

                1 passed, 1 failed, 0 skipped
                """);
    }

    @Test
    void shouldShowTheErrorsOfAStepWithoutAFailedTest() throws IOException {
        output("[INFO] fine\n[ERROR] COMPILATION ERROR : \n[ERROR] " + root + "/a/A.java:[1,2] no\n");
        assertThat(summary(FAILED)).endsWith("""
                == Failures: 1
                FAILED  This step (Java 17): a/A.java:[1,2] no [target/check/java-17.log]

                0 passed, 1 failed, 0 skipped
                """);
        output("[WARNING] /a/A.java:[1,2] [try] never referenced\n[ERROR] /a/A.java: warnings found\n");
        assertThat(summary(FAILED)).contains("(Java 17): /a/A.java:[1,2] [try] never referenced [target");
        output("[ERROR] Failed to execute goal\n");
        assertThat(summary(FAILED)).contains("(Java 17): Failed to execute goal [target");
        output("Killed\n");
        assertThat(summary(FAILED)).contains("FAILED  This step (Java 17): It ended with an error [");
    }

    @Test
    void shouldFailForAnIncompleteReport() throws IOException {
        report("unit", "a.b.DrainIT", "1", "<testcase name=\"x\"");
        assertThat(summary(OK))
                .contains("FAILED  gateway/target/java-17-reports/unit/TEST-a.b.DrainIT.xml (Java 17): This report is")
                .endsWith("\n0 passed, 1 failed, 0 skipped\n");
        assertThat(failed).isTrue();
    }

    @Test
    void shouldListTheTenSlowestClassesOfAllModulesAndJavas() throws IOException {
        for (int i : IntStream.range(0, 12).toArray()) {
            report("integration", "a.b.Number" + i + "IT", i + ".0", test("x", ""));
        }
        report("integration", "a.b.LongIT", "1,234.5", test("x", ""));
        Path other = Files.createDirectories(root.resolve("bench/target/java-25-reports/unit"));
        Files.writeString(other.resolve("TEST-c.LastTest.xml"), "<testsuite time=\"99\"/>");
        String slowest = summary(OK, OK.replace("17", "25"));
        slowest = slowest.substring(slowest.indexOf("slowest"), slowest.indexOf("== Flaky"));
        assertThat(slowest)
                .startsWith("slowest test classes\n 1234.5 s  LongIT (Java 17)\n   99.0 s  LastTest (Java 25)\n")
                .endsWith("    4.0 s  Number4IT (Java 17)\n\n");
    }

    /** The suites of such a report are nested, and its classes are called "test". */
    @Test
    void shouldReadAReportOfNode() throws IOException {
        Path folder = Files.createDirectories(root.resolve("target/node-reports"));
        Files.writeString(folder.resolve("TEST-browser-client.xml"), """
                <?xml version="1.0" encoding="utf-8"?>
                <testsuites>
                  <testcase name="connects" time="0.002" classname="test"/>
                  <testsuite name="resume" time="0.003" disabled="0" errors="0" tests="1" failures="1">
                    <testcase name="goes on" time="0.001" classname="test" failure="1 !== 2">
                      <failure type="testCodeFailure" message="1 !== 2">trace</failure>
                    </testcase>
                  </testsuite>
                  <!-- tests 2 -->
                </testsuites>
                """);
        assertThat(summary("FAILED\t2\tbrowser client\ttarget/check/java-17.log\tnode"))
                .contains("    0.0 s  browser-client (browser client)\n")
                .endsWith("""
                        FAILED  test.goes on (browser client): 1 !== 2 [target/node-reports/TEST-browser-client.xml]

                        1 passed, 1 failed, 0 skipped
                        """);
    }
}
