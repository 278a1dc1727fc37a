package dev.hibiki.gateway;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** DESIGN.md's table of packages: imports point right only. */
@AnalyzeClasses(packages = "dev.hibiki.gateway", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String BASE = "dev.hibiki.gateway";

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching(BASE + ".(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule importsPointRight = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("root")
            .definedBy(BASE)
            .layer("server")
            .definedBy(BASE + ".server")
            .layer("ws")
            .definedBy(BASE + ".ws")
            .layer("sse")
            .definedBy(BASE + ".sse")
            .layer("http")
            .definedBy(BASE + ".http")
            .layer("ingress")
            .definedBy(BASE + ".ingress")
            .layer("session")
            .definedBy(BASE + ".session")
            .layer("auth")
            .definedBy(BASE + ".auth")
            .layer("hub")
            .definedBy(BASE + ".hub")
            .layer("frame")
            .definedBy(BASE + ".frame")
            .layer("event")
            .definedBy(BASE + ".event")
            .whereLayer("root")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("server")
            .mayOnlyBeAccessedByLayers("root")
            .whereLayer("ws")
            .mayOnlyBeAccessedByLayers("root", "server")
            .whereLayer("sse")
            .mayOnlyBeAccessedByLayers("root", "server")
            .whereLayer("http")
            .mayOnlyBeAccessedByLayers("root", "server", "ws", "sse")
            .whereLayer("ingress")
            .mayOnlyBeAccessedByLayers("root", "server", "ws", "sse", "http")
            .whereLayer("session")
            .mayOnlyBeAccessedByLayers("root", "server", "ws", "sse", "http")
            .whereLayer("auth")
            .mayOnlyBeAccessedByLayers("root", "server", "ws", "sse", "http", "session")
            .whereLayer("hub")
            .mayOnlyBeAccessedByLayers("root", "server", "ws", "sse", "http", "ingress", "session", "auth")
            .whereLayer("frame")
            .mayOnlyBeAccessedByLayers("root", "server", "ws", "sse", "http", "ingress", "session", "hub")
            .whereLayer("event")
            .mayOnlyBeAccessedByLayers("root", "server", "ws", "sse", "http", "ingress", "session", "hub", "frame");

    @ArchTest
    static final ArchRule theRightmostPackagesImportNoneToTheirLeft = noClasses()
            .that()
            .resideInAnyPackage(BASE + ".config", BASE + ".metrics", BASE + ".runtime")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    BASE,
                    BASE + ".server",
                    BASE + ".ws",
                    BASE + ".sse",
                    BASE + ".http",
                    BASE + ".ingress",
                    BASE + ".session",
                    BASE + ".auth",
                    BASE + ".hub",
                    BASE + ".frame",
                    BASE + ".event");

    @ArchTest
    static final ArchRule everyPackageIsInTheTable = noClasses()
            .should()
            .resideOutsideOfPackages(
                    BASE,
                    BASE + ".server",
                    BASE + ".ws",
                    BASE + ".sse",
                    BASE + ".http",
                    BASE + ".ingress",
                    BASE + ".session",
                    BASE + ".auth",
                    BASE + ".hub",
                    BASE + ".frame",
                    BASE + ".event",
                    BASE + ".config",
                    BASE + ".metrics",
                    BASE + ".runtime");

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
