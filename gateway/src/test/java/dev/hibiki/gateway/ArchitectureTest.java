package dev.hibiki.gateway;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.hibiki.gateway.logging.StandardOutput;
import dev.hibiki.gateway.runtime.Clocks;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The rules for packages: their order, their sizes, and calls that only {@code Main} may make. */
@AnalyzeClasses(packages = "dev.hibiki.gateway", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    static final String BASE = "dev.hibiki.gateway";
    private static final long MAX_CLASSES_PER_PACKAGE = 30;

    /** The packages within a package form no cycle either. */
    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching(BASE + ".(**)").should().beFreeOfCycles();

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
            .that(not(equivalentTo(Main.class)).and(not(equivalentTo(StandardOutput.class))))
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

    /** These measure for a metric, limit lines of the log, or cannot have a clock of the gateway; see {@link Clocks}. */
    private static final Set<String> READERS_OF_THE_SYSTEM_CLOCK = Set.of(
            "runtime.Clocks",
            "runtime.RateLimitedLog",
            "runtime.DelayedDestroyIoHandler", // Netty makes it, and its loop has ended.
            "tls.TlsTermination", // The level of a line, and its text.
            "redis.ClientIdentityReader", // The text of a warning.
            "http.HttpDate", // It decides nothing.
            "hub.Hub",
            "hub.LoopShard",
            "redis.PendingConnects", // Its wait is the system's.
            "redis.stream.StreamReader"); // The age of entries, which Redis dates.

    @ArchTest
    static final ArchRule fewClassesReadTheSystemClock = noClasses()
            .that(describe("may not", ArchitectureTest::needsAClock))
            .should()
            .accessTargetWhere(describe("it reads a clock of the system", ArchitectureTest::readsTheSystemClock));

    private static boolean needsAClock(JavaClass type) {
        String name = type.getName().substring(BASE.length() + 1);
        return !READERS_OF_THE_SYSTEM_CLOCK.contains(name);
    }

    private static boolean readsTheSystemClock(JavaAccess<?> access) {
        String owner = access.getTargetOwner().getName();
        String name = access.getName();
        return switch (owner) {
            case "java.lang.System" -> name.equals("nanoTime") || name.equals("currentTimeMillis");
            case "java.time.Clock" -> name.startsWith("system");
            case "java.time.InstantSource" -> name.equals("system");
            default -> owner.startsWith("java.time.") && name.equals("now");
        };
    }

    @ArchTest
    static final ArchRule nobodySleeps = noClasses().should().callMethod(Thread.class, "sleep", long.class);
}
