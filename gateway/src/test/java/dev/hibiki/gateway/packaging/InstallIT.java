package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.testing.Component;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/install} installs the program and its unit below a directory that stands in for the root of a machine. */
public final class InstallIT {
    private static final Path SCRIPTS = GatewayProcess.ROOT.resolve("scripts");
    private static final String CONFIG = "etc/hibiki/hibiki.properties";
    private static final String UNIT = "etc/systemd/system/hibiki.service";
    private static final List<String> FILES = List.of(
            "etc/hibiki/hibiki.env",
            CONFIG,
            UNIT,
            "etc/systemd/system/hibiki@.service",
            "usr/local/lib/hibiki/archive.sh",
            "usr/local/lib/hibiki/hibiki.jar",
            "usr/local/lib/hibiki/java.sh",
            "usr/local/lib/hibiki/start");

    public record Result(int exitCode, String output) {}

    @TempDir
    private Path machine;

    private Result install(String... arguments) throws Exception {
        return install(machine, arguments);
    }

    /** Installs everything below a directory that stands in for the root of a machine. */
    public static Result install(Path machine, String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(SCRIPTS.resolve("install").toString()));
        command.addAll(List.of(arguments));
        return run(machine, command);
    }

    private static Result run(Path machine, List<String> command) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(SCRIPTS.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("HIBIKI_"));
        builder.environment().put("DESTDIR", machine.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    private List<String> installed() throws IOException {
        try (Stream<Path> files = Files.walk(machine)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> machine.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private String mode(String file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(machine.resolve(file)));
    }

    @Test
    void shouldInstallAllFilesAndLetOnlyTheGatewayReadItsSecrets() throws Exception {
        Result result = install();
        assertThat(result.exitCode()).as(result.output()).isZero();
        assertThat(installed()).containsExactlyElementsOf(FILES);
        assertThat(Files.mismatch(machine.resolve("usr/local/lib/hibiki/hibiki.jar"), GatewayProcess.JAR))
                .isEqualTo(-1);
        assertThat(mode(CONFIG)).isEqualTo("rw-r-----");
        assertThat(mode("etc/hibiki")).isEqualTo("rwxr-x---");
        assertThat(mode("usr/local/lib/hibiki/start")).isEqualTo("rwxr-xr-x");
    }

    @Test
    void shouldReplaceTheProgramsAndKeepTheConfigurationOnASecondRun() throws Exception {
        install();
        Files.writeString(machine.resolve(CONFIG), "port=1\n");
        Files.writeString(machine.resolve("etc/hibiki/hibiki.env"), "HIBIKI_PUBLISH_KEY=x\n");
        Files.writeString(machine.resolve(UNIT), "old");
        Result again = install();
        assertThat(again.exitCode()).as(again.output()).isZero();
        assertThat(again.output()).contains("/" + CONFIG + " (kept)");
        assertThat(machine.resolve(CONFIG)).hasContent("port=1");
        assertThat(machine.resolve("etc/hibiki/hibiki.env")).hasContent("HIBIKI_PUBLISH_KEY=x");
        assertThat(Files.readString(machine.resolve(UNIT))).contains("ExecStart=");
        assertThat(installed()).containsExactlyElementsOf(FILES);
    }

    @Test
    void shouldStartTheInstalledGatewayWithTheInstalledConfiguration() throws Exception {
        Result result = install("--prefix", "/opt/push");
        assertThat(result.exitCode()).as(result.output()).isZero();
        assertThat(Files.readString(machine.resolve(UNIT)))
                .contains("ExecStart=/opt/push/lib/hibiki/start --config /etc/hibiki/%p%i.properties\n")
                .contains("\nEnvironment=LANG=C.UTF-8\n")
                .doesNotContain("/usr/local");
        Result shown = run(
                machine,
                List.of(
                        machine.resolve("opt/push/lib/hibiki/start").toString(),
                        "--config",
                        machine.resolve(CONFIG).toString(),
                        "--print-config"));
        assertThat(shown.exitCode()).as(shown.output()).isZero();
        assertThat(shown.output()).contains("admin-port=9765").contains("demo=false");
    }

    @Test
    void shouldRefuseUnknownArguments() throws Exception {
        assertThat(install("--perfix", "/opt"))
                .isEqualTo(
                        new Result(2, "hibiki: unknown argument '--perfix' (expected: --prefix DIR or --units DIR)\n"));
        assertThat(install("--prefix", "opt").output()).contains("an absolute path is expected, not 'opt'");
        assertThat(installed()).isEmpty();
    }

    @Test
    void shouldInstallAUnitThatSystemdAcceptsAndRatesAsSafe() throws Exception {
        String systemd = Component.SYSTEMD_ANALYZE.require().toString();
        install();
        Path unit = Files.writeString(
                machine.resolve("hibiki.service"),
                Files.readString(machine.resolve(UNIT))
                        .replace("ExecStart=/usr", "ExecStart=" + machine.resolve("usr")));
        assertThat(run(machine, List.of(systemd, "verify", "--man=no", unit.toString())))
                .isEqualTo(new Result(0, ""));
        Result safety = run(machine, List.of(systemd, "security", "--offline=true", "--threshold=20", unit.toString()));
        assertThat(safety.exitCode()).as(safety.output()).isZero();
    }

    @Test
    void shouldPassShellcheck() throws Exception {
        String shellcheck = Component.SHELLCHECK.require().toString();
        List<String> command = Stream.concat(
                        Stream.of(shellcheck, "-x"),
                        Stream.of(("install package systemd/start container/check"
                                        + " debian/postinst debian/prerm debian/postrm run check bench jmh floor")
                                .split(" ")))
                .toList();
        assertThat(run(machine, command)).isEqualTo(new Result(0, ""));
    }
}
