package dev.hibiki.gateway.packaging;

import dev.hibiki.gateway.support.GatewayProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A fenced block of a document. Immutable.
 *
 * <p>A comment in the line before the block says how it differs from one that a test runs to its end: {@code not run: REASON}; {@code runs until
 * it is interrupted}; {@code output}, what the block before it prints, where {@code …} stands for anything.
 *
 * @param kind the words behind the backticks, such as {@code sh} or {@code js node}
 * @param comment empty without one
 */
record CodeBlock(String document, String kind, String comment, String text) {
    private static final Pattern BLOCK = Pattern.compile("(?m)^(?:<!-- (.*) -->\n)?```([^\n`]*)\n((?:.*\n)*?)```$");
    private static final String NOT_RUN = "not run: ";
    private static final String INTERRUPTED = "runs until it is interrupted";
    private static final String OUTPUT = "output";

    /** The documents whose blocks are run. The design shows no command to a user. */
    static List<Path> documents() {
        try (Stream<Path> files = Files.list(GatewayProcess.ROOT.resolve("docs"))) {
            return Stream.concat(Stream.of(GatewayProcess.ROOT.resolve("README.md")), files)
                    .filter(file -> file.toString().endsWith(".md") && !file.endsWith("design.md"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<CodeBlock> all() {
        return documents().stream().flatMap(document -> in(document).stream()).toList();
    }

    static List<CodeBlock> in(Path document) {
        try {
            List<CodeBlock> blocks = new ArrayList<>();
            for (MatchResult found :
                    BLOCK.matcher(Files.readString(document)).results().toList()) {
                String comment = found.group(1) == null ? "" : found.group(1);
                blocks.add(new CodeBlock(
                        document.getFileName().toString(), found.group(2).strip(), comment, found.group(3)));
            }
            return blocks;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The blocks of this kind in all documents. */
    static List<CodeBlock> of(String kind) {
        return all().stream().filter(block -> block.kind.equals(kind)).toList();
    }

    /** The only block of this kind in all documents. */
    static String only(String kind) {
        List<CodeBlock> found = of(kind);
        if (found.size() != 1) {
            throw new IllegalStateException("The documents have " + found.size() + " blocks of " + kind);
        }
        return found.get(0).text;
    }

    boolean isRun() {
        return !comment.startsWith(NOT_RUN);
    }

    boolean runsUntilInterrupted() {
        return comment.equals(INTERRUPTED);
    }

    boolean isOutput() {
        return comment.equals(OUTPUT);
    }

    boolean hasKnownComment() {
        return comment.isEmpty() || !isRun() || runsUntilInterrupted() || isOutput();
    }

    /** The output that this block shows, as a pattern. */
    Pattern expected() {
        String pattern = Stream.of(text.strip().split("…", -1))
                .map(Pattern::quote)
                .reduce((a, b) -> a + ".*" + b)
                .orElse("");
        return Pattern.compile(pattern, Pattern.DOTALL);
    }

    @Override
    public String toString() {
        return document + ", the block of " + kind + " that begins with "
                + text.lines().findFirst().orElse("nothing");
    }
}
