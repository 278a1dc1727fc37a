package dev.hibiki.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The picture in docs/packages.svg, drawn from the classes: a dot for each package that imports another. */
class PackagesPictureIT {
    private static final Path PICTURE = Path.of("..", "docs", "packages.svg");
    private static final Path DRAWN = Path.of("target", "packages.svg");

    private static final String ROOT = "(root)";
    private static final int CELL = 24;
    private static final int LEFT = 120;
    private static final int TOP = 100;
    private static final String HEADER = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" role="img"
              font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13" fill="#1f2328">
              <title>The packages, and which of them imports which</title>
              <!-- PackagesPictureIT draws this. -->
              <rect width="%1$d" height="%2$d" fill="#ffffff"/>
              <path d="M%3$d %4$d V%5$d H%6$d z" fill="#eaeef2"/>
            """;

    @Test
    void shouldShowWhichPackageImportsWhich() throws IOException {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages(ArchitectureTest.BASE);
        String drawn = draw(names(), imports(classes));
        Files.writeString(DRAWN, drawn);

        assertThat(PICTURE)
                .as("Imports between packages have changed: cp gateway/%s docs/packages.svg", DRAWN)
                .exists()
                .hasContent(drawn);
    }

    private static List<String> names() {
        return Stream.concat(Stream.of(ROOT), ArchitectureTest.PACKAGES.stream())
                .toList();
    }

    private static Map<String, Set<String>> imports(JavaClasses classes) {
        Map<String, Set<String>> imports = new TreeMap<>();
        for (JavaClass user : classes) {
            for (Dependency dependency : user.getDirectDependenciesFromSelf()) {
                String used = dependency.getTargetClass().getPackageName();
                if (used.startsWith(ArchitectureTest.BASE)) {
                    imports.computeIfAbsent(name(user.getPackageName()), first -> new TreeSet<>())
                            .add(name(used));
                }
            }
        }
        return imports;
    }

    /** A package within a package counts as that one. */
    private static String name(String fullName) {
        return fullName.equals(ArchitectureTest.BASE)
                ? ROOT
                : fullName.substring(ArchitectureTest.BASE.length() + 1).split("\\.", 2)[0];
    }

    private static String draw(List<String> names, Map<String, Set<String>> imports) {
        int end = names.size() * CELL;
        StringBuilder svg =
                new StringBuilder(HEADER.formatted(LEFT + end + 60, TOP + end + 50, LEFT, TOP, TOP + end, LEFT + end));
        for (int row = 0; row < names.size(); row++) {
            String name = names.get(row);
            int middle = row * CELL + CELL / 2;
            line(
                    svg,
                    "<path d=\"M%d %d h%d M%d %d v%d\" stroke=\"#d0d7de\"/>"
                            .formatted(LEFT, TOP + middle, end, LEFT + middle, TOP, end));
            line(
                    svg,
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
                            .formatted(LEFT - 8, TOP + middle + 5, name));
            line(
                    svg,
                    "<text transform=\"translate(%d %d) rotate(-55)\">%s</text>"
                            .formatted(LEFT + middle + 3, TOP - 8, name));
            line(svg, "<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"#8c959f\"/>".formatted(LEFT + middle, TOP + middle));
        }
        for (int row = 0; row < names.size(); row++) {
            Set<String> used = imports.getOrDefault(names.get(row), Set.of());
            for (int column = 0; column < names.size(); column++) {
                if (column != row && used.contains(names.get(column))) {
                    line(
                            svg,
                            "<circle cx=\"%d\" cy=\"%d\" r=\"7\" fill=\"#0969da\"><title>%s imports %s</title></circle>"
                                    .formatted(
                                            LEFT + column * CELL + CELL / 2,
                                            TOP + row * CELL + CELL / 2,
                                            names.get(row),
                                            names.get(column)));
                }
            }
        }
        line(
                svg,
                "<text x=\"%d\" y=\"%d\">A blue dot: the package of the row imports the package of the column. A dot in the</text>"
                        .formatted(20, TOP + end + 22));
        line(
                svg,
                "<text x=\"%d\" y=\"%d\">grey half would be an import of a package above, which ArchitectureTest forbids.</text>"
                        .formatted(20, TOP + end + 40));
        return svg.append("</svg>\n").toString();
    }

    private static void line(StringBuilder svg, String element) {
        svg.append("  ").append(element).append('\n');
    }
}
