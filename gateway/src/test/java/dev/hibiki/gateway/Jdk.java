package dev.hibiki.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A Java on this machine. The scripts know where to look; tests ask them. */
record Jdk(int version, Path home) {
    /** One of each version, oldest first; the one that runs the tests is among them. */
    static Stream<Jdk> all() throws IOException {
        Path library = GatewayProcess.ROOT.resolve("scripts/lib/java.sh");
        Process process = new ProcessBuilder("bash", "-c", "source \"$0\" && java_homes", library.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String listed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Map<Integer, Jdk> found = new TreeMap<>(Comparator.naturalOrder());
        listed.lines().map(Jdk::parse).forEach(jdk -> found.putIfAbsent(jdk.version, jdk));
        found.putIfAbsent(
                Runtime.version().feature(),
                new Jdk(Runtime.version().feature(), Path.of(System.getProperty("java.home"))));
        return found.values().stream();
    }

    static Jdk newest() throws IOException {
        return all().max(Comparator.comparingInt(Jdk::version)).orElseThrow();
    }

    private static Jdk parse(String line) {
        int blank = line.indexOf(' ');
        return new Jdk(Integer.parseInt(line.substring(0, blank)), Path.of(line.substring(blank + 1)));
    }

    @Override
    public String toString() {
        return "Java " + version;
    }
}
