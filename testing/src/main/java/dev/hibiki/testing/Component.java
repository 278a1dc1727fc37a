package dev.hibiki.testing;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * An external program that a test needs. Immutable.
 *
 * <p>A test without its program is skipped with the name of the package to install. In continuous integration ({@code CI} is set and not {@code
 * false}), or when {@code HIBIKI_TEST_STRICT} is set, it fails instead, because a skipped test would look like a passed one.
 */
public enum Component {
    REDIS_SERVER("redis-server", "redis-server"),
    /** From Debian 13 on a package; scripts/check fetches it where there is none. */
    VALKEY_SERVER("valkey-server", "valkey-server") {
        /** It is not expected everywhere: scripts/check says where it is. */
        @Override
        boolean isExpected(Map<String, String> environment) {
            return isOn(environment.getOrDefault("HIBIKI_TEST_VALKEY", ""));
        }
    },
    HAPROXY("haproxy", "haproxy"),
    NGINX("nginx", "nginx-light"),
    APACHE("apache2", "apache2-bin"),
    PYTHON_REDIS("python3", "python3-redis") {
        @Override
        public Optional<Path> find() {
            return debianPython("redis");
        }
    },
    PYTHON_YAML("python3", "python3-yaml") {
        @Override
        public Optional<Path> find() {
            return debianPython("yaml");
        }
    },
    /** Node with the Redis module of Debian. */
    NODE_REDIS("node", "node-redis") {
        @Override
        public Optional<Path> find() {
            return super.find().filter(node -> Files.isDirectory(NODE_MODULES.resolve("redis")));
        }
    },
    CHROMIUM("chromium", "chromium"),
    CHROMEDRIVER("chromedriver", "chromium-driver"),
    SHELLCHECK("shellcheck", "shellcheck"),
    SYSTEMD_ANALYZE("systemd-analyze", "systemd"),
    APT_GET("apt-get", "apt"),
    BUILDAH("buildah", "buildah"),
    MMDEBSTRAP("mmdebstrap", "mmdebstrap"),
    CURL("curl", "curl"),
    PS("ps", "procps"),
    PHP("php", "php-cli"),
    /** PHP with its Redis extension, as in the back end of a site. */
    PHP_REDIS("php", "php-redis") {
        @Override
        public Optional<Path> find() {
            return super.find().filter(Component::hasRedisExtension);
        }
    },
    /** Node with the module that compresses the answers of many development servers. */
    NODE_COMPRESSION("node", "node-compression") {
        @Override
        public Optional<Path> find() {
            return super.find().filter(node -> Files.isDirectory(NODE_MODULES.resolve("compression")));
        }
    };

    /** Where Debian installs modules of Node. Another Node than Debian's does not look there by itself. */
    public static final Path NODE_MODULES = Path.of("/usr/share/nodejs");

    /** Where scripts/check puts programs that the system has no package for. */
    private static final Path FETCHED = Path.of(System.getProperty("user.home"), ".cache", "hibiki", "bin");

    private final String program;
    private final String aptPackage;

    Component(String program, String aptPackage) {
        this.program = program;
        this.aptPackage = aptPackage;
    }

    /** Finds the program on the PATH or in a directory for system programs, which may not be on a user's PATH. */
    public Optional<Path> find() {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/local/sbin:/usr/sbin:" + FETCHED;
        return find(program, path);
    }

    /** The program's path. Without the program, the calling test fails or is skipped, see above. */
    public Path require() {
        Optional<Path> found = find();
        if (found.isEmpty()) {
            reportMissing(System.getenv());
        }
        return found.orElseThrow();
    }

    static Optional<Path> find(String program, String path) {
        return Stream.of(path.split(File.pathSeparator, -1))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, program))
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .findFirst();
    }

    /** Fails the test in a strict environment, and aborts it in another one. */
    void reportMissing(Map<String, String> environment) {
        String message = "This test needs " + name().toLowerCase(Locale.ROOT).replace('_', ' ')
                + ", which is not installed: apt-get install " + aptPackage;
        if (isExpected(environment)) {
            Assertions.fail(message);
        }
        Assumptions.abort(message);
    }

    boolean isExpected(Map<String, String> environment) {
        return isStrict(environment);
    }

    static boolean isStrict(Map<String, String> environment) {
        return isOn(environment.getOrDefault("CI", "")) || isOn(environment.getOrDefault("HIBIKI_TEST_STRICT", ""));
    }

    private static boolean isOn(String value) {
        return !value.isEmpty() && !value.equalsIgnoreCase("false");
    }

    /** Debian's Python, which alone sees Debian's packages, if it has this module. */
    private static Optional<Path> debianPython(String module) {
        return Optional.of(Path.of("/usr/bin/python3"))
                .filter(python -> Files.isDirectory(Path.of("/usr/lib/python3/dist-packages", module)));
    }

    private static boolean hasRedisExtension(Path php) {
        try {
            Process process =
                    new ProcessBuilder(php.toString(), "-r", "echo extension_loaded('redis') ? 'yes' : 'no';").start();
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return answer.endsWith("yes");
        } catch (IOException e) {
            return false;
        }
    }
}
