package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each path, link, class and member that the documents name exists. So a stale document fails a test. */
class DocumentsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)(#[^)]*)?\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```");
    private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
    private static final Pattern PATH = Pattern.compile("[\\w.-]+(/[\\w.-]+)+");
    /** A class, or one of its members. */
    private static final Pattern NAME = Pattern.compile("([A-Z]\\w*[a-z]\\w*)(?:\\.(\\w+))?");

    private static final Set<String> GENERATED = Set.of("target");

    /** The kinds of blocks that {@link DocumentCommandsIT} runs or checks, and two that only people read. */
    static final Set<String> KINDS = Set.of(
            "sh",
            "php",
            "python",
            "js",
            "js node",
            "go",
            "json",
            "properties",
            "ini",
            "yaml",
            "haproxy",
            "nginx",
            "apache",
            "text",
            "mermaid");

    /** The words behind "needs" for which a command cannot run in a test. */
    private static final Pattern NOT_RUN =
            Pattern.compile("not run: needs (root|systemd|docker|websocat|the group|ten minutes)\\b.*");

    private static final int MAX_NOT_RUN = 9;

    static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>();
        for (Path folder : List.of(ROOT, ROOT.resolve("docs"))) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
            }
        }
        return documents;
    }

    @ParameterizedTest
    @MethodSource("documents")
    void shouldNameFilesThatExist(Path document) throws IOException {
        String text = Files.readString(document);
        Set<String> missing = new TreeSet<>();
        LINK.matcher(text).results().map(link -> link.group(1)).forEach(target -> {
            if (!target.contains("://") && !Files.exists(document.resolveSibling(target))) {
                missing.add(target);
            }
        });
        code(text)
                .map(code -> code.split(" ", 2)[0])
                .filter(code -> PATH.matcher(code).matches())
                .filter(DocumentsTest::isOfTheRepository)
                .filter(code -> !Files.exists(ROOT.resolve(code)))
                .forEach(missing::add);

        assertThat(missing).isEmpty();
    }

    private static boolean isOfTheRepository(String path) {
        String first = path.substring(0, path.indexOf('/'));
        return Stream.of(path.split("/", -1)).noneMatch(GENERATED::contains) && Files.exists(ROOT.resolve(first));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void shouldLinkToHeadingsThatExist(Path document) throws IOException {
        Set<String> missing = new TreeSet<>();
        Pattern toHeading = Pattern.compile("]\\(([^):#]*)#([^)]*)\\)");
        for (MatchResult link :
                toHeading.matcher(Files.readString(document)).results().toList()) {
            Path target = link.group(1).isEmpty() ? document : document.resolveSibling(link.group(1));
            if (!anchors(target).contains(link.group(2))) {
                missing.add(link.group(1) + '#' + link.group(2));
            }
        }

        assertThat(missing).isEmpty();
    }

    /** As GitHub makes them of headings. */
    private static Set<String> anchors(Path document) throws IOException {
        return HEADING.matcher(Files.readString(document))
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"CONTRIBUTING.md", "docs/design.md"})
    void shouldNameClassesThatExist(String document) throws IOException {
        Map<String, Path> sources = sources();
        Set<String> missing = new TreeSet<>();
        for (String code : code(Files.readString(ROOT.resolve(document))).toList()) {
            var name = NAME.matcher(code);
            if (name.matches() && !exists(sources, name.group(1), name.group(2))) {
                missing.add(code);
            }
        }

        assertThat(missing).isEmpty();
    }

    private static boolean exists(Map<String, Path> sources, String type, String member) throws IOException {
        Path source = sources.get(type);
        return source != null
                && (member == null
                        || Pattern.compile("\\b" + member + "\\b")
                                .matcher(Files.readString(source))
                                .find());
    }

    private static Map<String, Path> sources() throws IOException {
        Map<String, Path> sources = new TreeMap<>();
        for (String module : List.of("gateway", "testing", "bench")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src"))) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .forEach(file ->
                                sources.put(file.getFileName().toString().replace(".java", ""), file));
            }
        }
        return sources;
    }

    @Test
    void shouldDescribeEveryPackage() throws IOException {
        String design = Files.readString(ROOT.resolve("docs/design.md"));
        try (Stream<Path> packages = Files.list(ROOT.resolve("gateway/src/main/java/dev/hibiki/gateway"))) {
            assertThat(packages.filter(Files::isDirectory).map(Path::getFileName))
                    .allSatisfy(name -> assertThat(design).containsPattern("(?m)^\\|.*`" + name + "`.* \\| "));
        }
    }

    /** The README tells a newcomer how to begin. Everything else belongs into a document in docs. */
    @Test
    void shouldKeepTheReadmeShort() throws IOException {
        assertThat(Files.size(ROOT.resolve("README.md"))).isLessThanOrEqualTo(8 * 1024);
    }

    /** A block that no test runs would grow stale. So each new kind, and each command that cannot run, is decided here. */
    @Test
    void shouldRunEveryBlockOrSayWhyNot() {
        List<CodeBlock> blocks = CodeBlock.all();
        List<CodeBlock> notRun = blocks.stream().filter(block -> !block.isRun()).toList();

        assertThat(blocks).allMatch(CodeBlock::hasKnownComment).allMatch(block -> KINDS.contains(block.kind()));
        assertThat(notRun)
                .allMatch(block -> NOT_RUN.matcher(block.comment()).matches())
                .hasSizeLessThanOrEqualTo(MAX_NOT_RUN);
    }

    /** The texts between backticks, without whole blocks of code. */
    private static Stream<String> code(String text) {
        return CODE.matcher(FENCE.matcher(text).replaceAll("")).results().map(found -> found.group(1));
    }
}
