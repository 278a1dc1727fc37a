package dev.hibiki.gateway;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The rules for packages: their order, their sizes, and calls that only {@code Main} may make. */
@AnalyzeClasses(packages = "dev.hibiki.gateway", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    static final String BASE = "dev.hibiki.gateway";
    private static final long MAX_CLASSES_PER_PACKAGE = 30;

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching(BASE + ".(*)..").should().beFreeOfCycles();

    /** A package may import only packages that come after it in this list. */
    static final List<String> PACKAGES = List.of(
            "plugins",
            "demo",
            "admin",
            "canary",
            "drain",
            "server",
            "ws",
            "sse",
            "session",
            "edge",
            "tls",
            "auth",
            "logging",
            "redis",
            "config",
            "inprocess",
            "ingress",
            "http",
            "hub",
            "channels",
            "wire",
            "event",
            "metrics",
            "runtime",
            "options");

    @ArchTest
    static void importsPointOneWay(JavaClasses classes) {
        noClasses()
                .that()
                .resideOutsideOfPackage(BASE)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(BASE)
                .check(classes);
        for (int i = 1; i < PACKAGES.size(); i++) {
            String[] before =
                    PACKAGES.subList(0, i).stream().map(ArchitectureTest::all).toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(all(PACKAGES.get(i)))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(before)
                    .check(classes);
        }
    }

    private static String all(String name) {
        return BASE + '.' + name + "..";
    }

    @ArchTest
    static void everyPackageIsInTheList(JavaClasses classes) {
        noClasses()
                .that()
                .resideOutsideOfPackage(BASE)
                .should()
                .resideOutsideOfPackages(
                        PACKAGES.stream().map(ArchitectureTest::all).toArray(String[]::new))
                .check(classes);
    }

    @ArchTest
    static void theRootHoldsWhatPutsTheRestTogether(JavaClasses classes) {
        classes()
                .that()
                .resideInAPackage(BASE)
                .and()
                .areTopLevelClasses()
                .should()
                .haveNameMatching(".*\\.(Main|Gateway|Routes|package-info)")
                .check(classes);
    }

    @ArchTest
    static void noPackageIsTooLargeToTakeIn(JavaClasses classes) {
        Map<String, Long> sizes = classes.stream()
                .filter(JavaClass::isTopLevelClass)
                .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));
        assertThat(sizes)
                .allSatisfy((name, count) -> assertThat(count).as(name).isLessThanOrEqualTo(MAX_CLASSES_PER_PACKAGE));
    }

    @ArchTest
    static final ArchRule onlyMainLooksAtTheEnvironment = noClasses()
            .that(not(equivalentTo(Main.class)))
            .should()
            .callMethod(System.class, "getenv")
            .orShould()
            .callMethod(System.class, "getenv", String.class);

    @ArchTest
    static final ArchRule onlyMainPrints = noClasses()
            .that(not(equivalentTo(Main.class)))
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .callMethod(Throwable.class, "printStackTrace");

    @ArchTest
    static final ArchRule onlyMainEndsTheProcess = noClasses()
            .that(not(equivalentTo(Main.class)))
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "halt", int.class);

    @ArchTest
    static final ArchRule nobodyLogsThroughTheJdk =
            noClasses().should().dependOnClassesThat().resideInAPackage("java.util.logging..");

    @ArchTest
    static final ArchRule nobodySleeps = noClasses().should().callMethod(Thread.class, "sleep", long.class);
}
