package dev.hibiki.testing;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The origin of the Redis of a {@link RedisFixture}, in the order of preference. */
public enum RedisKind {
    DOCKER("a container of the Docker engine"),
    PATH("redis-server on the PATH"),
    EMBEDDED("the redis-server that the embedded-redis artifact carries"),
    /** Chosen only by name. */
    VALKEY("valkey-server on the PATH, or as scripts/check has fetched it");

    static final String VARIABLE = "HIBIKI_TEST_REDIS_KIND";

    private final String description;

    RedisKind(String description) {
        this.description = description;
    }

    public String description() {
        return description;
    }

    /** A kind, and the reason for its choice as a clause of a sentence. */
    record Choice(RedisKind kind, String reason) {
        @Override
        public String toString() {
            return kind.description + ": " + reason;
        }
    }

    /**
     * Chooses the configured kind, else the first that works.
     *
     * @param dockerProblem the reason why containers do not work, empty when they do; called at most once, and not when a kind is configured
     */
    static Choice choose(
            @Nullable String forced, Supplier<Optional<String>> dockerProblem, BooleanSupplier serverOnPath) {
        if (forced != null && !forced.isBlank()) {
            return new Choice(named(forced), VARIABLE + " is " + forced);
        }
        Optional<String> problem = dockerProblem.get();
        if (problem.isEmpty()) {
            return new Choice(DOCKER, "one was started and answered");
        }
        return serverOnPath.getAsBoolean()
                ? new Choice(PATH, problem.get())
                : new Choice(EMBEDDED, problem.get() + ", and there is no redis-server on the PATH");
    }

    /** The first kind that runs as a process of this machine. */
    static RedisKind local() {
        return Component.REDIS_SERVER.find().isPresent() ? PATH : EMBEDDED;
    }

    private static RedisKind named(String name) {
        return Stream.of(values())
                .filter(kind -> kind.argument().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(VARIABLE + ": " + name + " (expected: one of "
                        + Arrays.stream(values()).map(RedisKind::argument).toList() + ")"));
    }

    private String argument() {
        return name().toLowerCase(Locale.ROOT);
    }
}
