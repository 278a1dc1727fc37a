package dev.hibiki.gateway.packaging;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.testing.Component;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A reader of the documents, who runs their commands in a folder that looks like a clone of the repository. Confined to the thread of the test.
 *
 * <p>Ports and paths of the documents are replaced by those of the test. Two programs are replaced: {@code redis-cli} gets the port of the test's
 * Redis, which the documents do not name; {@code scripts/run} only notes its arguments, because {@link RunScriptIT} starts it.
 */
final class DocumentReader implements AutoCloseable {
    private static final String GO_PROGRAM = """
            package main

            import ("log"; "net/http"; "strings")

            func main() {
            %s
            if err != nil || answer.StatusCode != 202 { log.Fatal(answer, err) }
            }
            """;

    /** The line behind the arguments of one {@code scripts/run}. */
    private static final String END = "END";

    private final Path folder;
    private final Path modules;
    private final Map<String, String> replaced;
    private final Map<String, String> environment = new HashMap<>();

    /** @param replaced ports and paths of the documents, and what stands for them here */
    DocumentReader(Path folder, Map<String, String> replaced, int redisPort) throws IOException {
        this.folder = folder;
        this.replaced = replaced;
        Path programs = Files.createDirectories(folder.resolve("bin"));
        script(
                programs.resolve("redis-cli"),
                "exec " + program("redis-cli").orElseThrow() + " -p " + redisPort + " \"$@\"");
        try (Stream<Path> originals = Files.walk(GatewayProcess.ROOT.resolve("scripts"))) {
            for (Path original : originals.toList()) {
                Files.copy(
                        original,
                        folder.resolve(GatewayProcess.ROOT.relativize(original)),
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        Path page = folder.resolve("scripts/examples/page.html");
        Files.writeString(page, replaced(Files.readString(page)));
        script(folder.resolve("scripts/run"), "printf '%s\\n' \"$@\" " + END + " >> '" + arguments() + "'");
        modules = Files.createSymbolicLink(folder.resolve("node_modules"), Component.NODE_MODULES);
        environment.put("PATH", programs + ":" + System.getenv("PATH"));
        environment.put("NODE_PATH", Component.NODE_MODULES.toString()); // For what the modules themselves need.
        environment.put("HIBIKI_REDIS", "redis://127.0.0.1:" + redisPort);
        environment.put("HIBIKI_ADMIN_KEY", "documented");
    }

    private static Optional<Path> program(String name) {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static void script(Path file, String command) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + command + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Path arguments() {
        return folder.resolve("arguments");
    }

    String replaced(String text) {
        // In one pass: the name of a temporary folder may contain the number of a port.
        String any = replaced.keySet().stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .map(key -> "(?<!\\d)" + Pattern.quote(key) + "(?!\\d)")
                .collect(Collectors.joining("|"));
        return Pattern.compile(any)
                .matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(Objects.requireNonNull(replaced.get(found.group()))));
    }

    /** The arguments of each {@code scripts/run} since the last call. Files are found from any folder. */
    List<List<String>> takeArguments() throws IOException {
        List<List<String>> runs = new ArrayList<>();
        if (!Files.exists(arguments())) {
            return runs;
        }
        List<String> run = new ArrayList<>();
        for (String argument : Files.readAllLines(arguments())) {
            if (argument.equals(END)) {
                runs.add(run);
                run = new ArrayList<>();
            } else {
                Path file = folder.resolve(argument);
                run.add(Files.isRegularFile(file) ? file.toString() : argument);
            }
        }
        Files.delete(arguments());
        return runs;
    }

    Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    String shell(String commands) throws Exception {
        return run("bash", "-e", "-o", "pipefail", "-c", replaced(commands));
    }

    String php(String code) throws Exception {
        Path file = write("block.php", (code.startsWith("<?php") ? "" : "<?php\n") + replaced(code));
        return run(Component.PHP_REDIS.require().toString(), file.toString());
    }

    String python(String code) throws Exception {
        return run(
                Component.PYTHON_REDIS.require().toString(),
                write("block.py", replaced(code)).toString());
    }

    void checkYaml(String text) throws Exception {
        String check = "import sys, yaml; assert yaml.safe_load(open(sys.argv[1], encoding='utf-8'))";
        run(
                Component.PYTHON_YAML.require().toString(),
                "-c",
                check,
                write("block.yaml", text).toString());
    }

    String node(String code) throws Exception {
        return run(
                Component.NODE_REDIS.require().toString(),
                write("block.mjs", replaced(code)).toString());
    }

    /** Checks the syntax where Go is installed. No other test needs Go, which is large, so it is no component. */
    void checkGo(String statements) throws Exception {
        if (program("gofmt").isPresent()) {
            run("gofmt", "-e", writeGo(statements));
        }
    }

    void runGo(String statements) throws Exception {
        Assumptions.assumeTrue(program("go").isPresent(), "Go is not installed");
        run("go", "run", writeGo(statements));
    }

    private String writeGo(String statements) throws IOException {
        return write("block.go", GO_PROGRAM.formatted(replaced(statements))).toString();
    }

    /** Runs a program to its end and returns what it wrote to standard output. */
    private String run(String... command) throws Exception {
        Process process = start(command);
        try {
            assertThat(process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                    .as("It ends: " + Arrays.toString(command) + output("out") + output("err"))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue())
                .as(Arrays.toString(command) + output("out") + output("err"))
                .isZero();
        return output("out");
    }

    /** Runs commands that do not end by themselves, until their output contains this text. */
    void shellUntil(String text, String commands, Runnable meanwhile) throws Exception {
        Process process = start("bash", "-c", "exec " + replaced(commands));
        try {
            eventually().until(() -> {
                meanwhile.run();
                return output("out").contains(text);
            });
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private Process start(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private String output(String name) throws IOException {
        return Files.readString(folder.resolve(name));
    }

    /** Removes the link to the modules, so that nothing behind it is removed with the folder. */
    @Override
    public void close() throws IOException {
        Files.delete(modules);
    }
}
