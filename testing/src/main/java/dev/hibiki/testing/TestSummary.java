package dev.hibiki.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Prints the summary of {@code scripts/check}: the steps, the slowest test classes, every flaky test, every failure, and the counts.
 *
 * <p>{@code java TestSummary.java STEPS FLAKY}, in the root of the repository. STEPS is a file with one line for each step, whose fields are
 * separated by tabs: {@code ok} or {@code FAILED}, seconds, name, the file of its output, and the name of its reports, which are the files {@code
 * TEST-*.xml} below every folder {@code target/NAME-reports}; or {@code note} and a text. The flaky tests are also written to the file FLAKY. The
 * exit code is 1 when anything failed.
 *
 * <p>It needs only a JDK, because it must work when the build has failed. The reports are those of Surefire and Failsafe (surefire-test-report.xsd;
 * {@code flakyFailure} is a failure of a test that passed when it was run again) and of {@code node --test --test-reporter=junit}.
 */
public final class TestSummary {
    private static final int SLOWEST = 10;
    private static final int REASON_LENGTH = 500;
    /** The line that Surefire prints at the start of a class. A class that crashes or hangs leaves no report. */
    private static final Pattern RUNNING = Pattern.compile("\\[INFO] Running (\\S+)");

    /** An error or a warning of the compiler; warnings are errors too. */
    private static final Pattern FINDING = Pattern.compile("\\[(?:ERROR|WARNING)]\\s+(/\\S+:\\[\\d+,\\d+].*)");

    private static final Pattern ERROR = Pattern.compile("\\[ERROR]\\s+(\\S.*)");

    /** One line of STEPS. A note has a name and nothing else. */
    private record Step(String result, long seconds, String name, Path output, String reports) {
        static Step parse(String line) {
            String[] field = line.split("\t", -1);
            return field[0].equals("note")
                    ? new Step("note", 0, field[1], Path.of(""), "")
                    : new Step(field[0], Long.parseLong(field[1]), field[2], Path.of(field[3]), field[4]);
        }

        boolean isNote() {
            return result.equals("note");
        }

        boolean failed() {
            return result.equals("FAILED");
        }

        String line() {
            return isNote() ? name : String.format(Locale.ROOT, "%-7s %5d s  %s", result, seconds, name);
        }
    }

    /** The duration of a test class in a step. */
    private record TimedClass(String name, String step, double seconds) {}

    private final Path root;
    private final List<TimedClass> classes = new ArrayList<>();
    private final List<String> flaky = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private int passed;
    private int failed;
    private int skipped;

    TestSummary(Path root) {
        this.root = root;
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            System.err.println("Usage: java TestSummary.java STEPS FLAKY");
            System.exit(2);
        }
        TestSummary summary = new TestSummary(Path.of("").toAbsolutePath());
        System.out.print(summary.write(Path.of(arguments[0]), Path.of(arguments[1])));
        System.exit(summary.failed() ? 1 : 0);
    }

    /** Whether anything failed in the files that were read. */
    boolean failed() {
        return !failures.isEmpty();
    }

    /** Reads everything, writes the file of flaky tests and returns the text. */
    String write(Path stepsFile, Path flakyFile) throws IOException {
        List<Step> steps =
                Files.readAllLines(stepsFile).stream().map(Step::parse).toList();
        for (Step step : steps) {
            if (!step.isNote()) {
                read(step);
            }
        }
        Files.write(flakyFile, flaky);
        List<String> lines = new ArrayList<>(List.of("", "== Summary"));
        steps.forEach(step -> lines.add(step.line()));
        lines.addAll(List.of("", "== The slowest test classes"));
        classes.stream()
                .sorted(Comparator.comparingDouble(TimedClass::seconds).reversed())
                .limit(SLOWEST)
                .map(timed -> String.format(Locale.ROOT, "%7.1f s  %s (%s)", timed.seconds, timed.name, timed.step))
                .forEach(lines::add);
        lines.addAll(List.of("", "== Flaky tests: " + (flaky.isEmpty() ? "none" : flaky.size())));
        lines.addAll(flaky);
        lines.addAll(List.of("", "== Failures: " + (failures.isEmpty() ? "none" : failures.size())));
        lines.addAll(failures);
        lines.addAll(List.of("", passed + " passed, " + failed + " failed, " + skipped + " skipped", ""));
        return String.join("\n", lines);
    }

    private void read(Step step) throws IOException {
        int before = failures.size();
        Set<String> reported = new TreeSet<>();
        for (Path report : reports(step.reports)) {
            try (InputStream in = Files.newInputStream(report)) {
                new ReportReader(step, report).read(in);
            } catch (XMLStreamException e) {
                fail(
                        step,
                        root.relativize(report).toString(),
                        "This report is not whole: " + oneLine(e.toString()),
                        report);
            }
            reported.add(report.getFileName().toString().replaceFirst("^TEST-(.*)\\.xml$", "$1"));
        }
        if (!step.failed()) {
            return;
        }
        Path written = root.resolve(step.output);
        // Decode leniently: programs may print any bytes.
        List<String> output = new String(Files.readAllBytes(written), StandardCharsets.UTF_8)
                .lines()
                .toList();
        for (String name : matches(RUNNING, output)) {
            if (!reported.contains(name)) {
                fail(step, name, "It began and did not end: it hung, or its JVM did", written);
            }
        }
        if (failures.size() == before) {
            String reason = Stream.of(FINDING, ERROR)
                    .flatMap(pattern -> matches(pattern, output).stream())
                    .findFirst()
                    .orElse("It ended with an error")
                    .replace(root + "/", "");
            fail(step, "This step", oneLine(reason), written);
        }
    }

    private List<Path> reports(String name) throws IOException {
        String folder = name + "-reports";
        List<Path> found = new ArrayList<>();
        try (Stream<Path> modules = Files.list(root)) {
            List<Path> targets = Stream.concat(Stream.of(root), modules)
                    .map(module -> module.resolve("target").resolve(folder))
                    .filter(Files::isDirectory)
                    .sorted()
                    .toList();
            for (Path target : targets) {
                try (Stream<Path> files = Files.walk(target)) {
                    files.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
                            .sorted()
                            .forEach(found::add);
                }
            }
        }
        return found;
    }

    /** The first group of every match in order, without repetitions. */
    private static List<String> matches(Pattern pattern, List<String> lines) {
        return lines.stream()
                .map(pattern::matcher)
                .filter(Matcher::find)
                .map(found -> found.group(1))
                .distinct()
                .toList();
    }

    private void fail(Step step, String name, String reason, Path report) {
        failed++;
        failures.add(line("FAILED", step, name, reason, report));
    }

    private String line(String kind, Step step, String name, String reason, Path report) {
        return kind + "  " + name + " (" + step.name + "): " + reason + " [" + root.relativize(report) + "]";
    }

    private static String oneLine(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        int half = REASON_LENGTH / 2;
        return line.length() <= REASON_LENGTH
                ? line
                : line.substring(0, half) + " ... " + line.substring(line.length() - half);
    }

    /** Reads one report, whose tests may be in nested suites. */
    private final class ReportReader {
        private final Step step;
        private final Path report;
        private String test = "";
        private String testClass = "";
        private String kind = "";
        private String reason = "";
        private double suiteSeconds;
        private double seconds;

        private ReportReader(Step step, Path report) {
            this.step = step;
            this.report = report;
        }

        private void read(InputStream in) throws XMLStreamException {
            XMLInputFactory factory = XMLInputFactory.newInstance();
            factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
            XMLStreamReader xml = factory.createXMLStreamReader(in);
            while (xml.hasNext()) {
                int event = xml.next();
                if (event == XMLStreamConstants.START_ELEMENT) {
                    begin(xml);
                } else if (event == XMLStreamConstants.END_ELEMENT
                        && xml.getLocalName().equals("testcase")) {
                    end();
                }
            }
            classes.add(new TimedClass(simpleName(), step.name, Math.max(suiteSeconds, seconds)));
        }

        private void begin(XMLStreamReader xml) {
            switch (xml.getLocalName()) {
                case "testsuite" -> suiteSeconds = Math.max(suiteSeconds, number(xml, "time"));
                case "testcase" -> {
                    test = attribute(xml, "name");
                    testClass = attribute(xml, "classname");
                    kind = "";
                    seconds += number(xml, "time");
                }
                case "failure", "error" -> result(xml, "FAILED");
                case "flakyFailure", "flakyError" -> result(xml, "FLAKY");
                case "skipped" -> result(xml, "skipped");
                default -> {}
            }
        }

        private void result(XMLStreamReader xml, String found) {
            if (kind.isEmpty()) {
                kind = found;
                String message = attribute(xml, "message");
                reason = oneLine(message.isBlank() ? attribute(xml, "type") : message);
            }
        }

        private void end() {
            String name = testClass + (test.isEmpty() ? "" : "." + test);
            switch (kind) {
                case "FAILED" -> fail(step, name, reason, written());
                case "skipped" -> skipped++;
                default -> {
                    passed++;
                    if (kind.equals("FLAKY")) {
                        flaky.add(line("FLAKY", step, name, reason, written()));
                    }
                }
            }
        }

        /** The text report with the stack traces, if there is one. */
        private Path written() {
            Path text =
                    report.resolveSibling(report.getFileName().toString().replaceFirst("^TEST-(.*)\\.xml$", "$1.txt"));
            return Files.exists(text) ? text : report;
        }

        /** {@code TEST-dev.hibiki.gateway.DrainIT.xml} is of DrainIT. */
        private String simpleName() {
            return report.getFileName().toString().replaceFirst("^TEST-(.*\\.)?(.*)\\.xml$", "$2");
        }

        /** Surefire puts commas into thousands. */
        private double number(XMLStreamReader xml, String name) {
            String text = attribute(xml, name).replace(",", "");
            return text.isEmpty() ? 0 : Double.parseDouble(text);
        }

        private String attribute(XMLStreamReader xml, String name) {
            String value = xml.getAttributeValue(null, name);
            return value == null ? "" : value;
        }
    }
}
