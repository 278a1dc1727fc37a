package dev.hibiki.testing;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where a {@link RedisFixture} takes its Redis from, in the order of preference. */
public enum RedisKind {
    DOCKER("a container of the Docker engine"),
    PATH("redis-server on the PATH"),
    EMBEDDED("the redis-server that the embedded-redis artifact carries");

    static final String VARIABLE = "HIBIKI_TEST_REDIS_KIND";

    private final String description;

    RedisKind(String description) {
        this.description = description;
    }

    public String description() {
        return description;
    }

    /** The kind that was asked for, else the first that is available. */
    static RedisKind choose(@Nullable String forced, Predicate<RedisKind> available) {
        if (forced == null || forced.isBlank()) {
            return Stream.of(DOCKER, PATH).filter(available).findFirst().orElse(EMBEDDED);
        }
        Optional<RedisKind> named = Stream.of(values())
                .filter(kind -> kind.argument().equals(forced))
                .findFirst();
        return named.orElseThrow(() -> new IllegalArgumentException(VARIABLE + ": " + forced + " (expected: one of "
                + Arrays.stream(values()).map(RedisKind::argument).toList() + ")"));
    }

    boolean isAvailable() {
        return switch (this) {
            case DOCKER -> DockerRedis.isAvailable();
            case PATH -> Component.REDIS_SERVER.find().isPresent();
            case EMBEDDED -> true;
        };
    }

    private String argument() {
        return name().toLowerCase(Locale.ROOT);
    }
}
