package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.redis.RedisFailure;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * The answers to one question about several keys. Immutable.
 *
 * @param found the answers, by key
 * @param refused why Redis refuses the others, by key: each is no stream, or the user has no right to it
 */
record KeyAnswers<T>(Map<String, T> found, Map<String, String> refused) {
    /** Asks about each key. Completes when all are answered; fails when one failed for another reason than its key. */
    static <T> CompletionStage<KeyAnswers<T>> ask(
            Collection<String> keys, Function<String, CompletionStage<T>> question) {
        Map<String, CompletableFuture<T>> questions = new LinkedHashMap<>();
        keys.forEach(key -> questions.put(key, question.apply(key).toCompletableFuture()));
        return CompletableFuture.allOf(questions.values().toArray(new CompletableFuture<?>[0]))
                .handle((done, failure) -> collect(questions));
    }

    private static <T> KeyAnswers<T> collect(Map<String, CompletableFuture<T>> questions) {
        Map<String, T> found = new LinkedHashMap<>();
        Map<String, String> refused = new LinkedHashMap<>();
        questions.forEach((key, answer) -> answer.handle((result, failure) -> {
                    if (failure == null) {
                        found.put(key, result);
                    } else if (isRefusal(failure)) {
                        refused.put(key, RedisFailure.reason(failure));
                    } else {
                        // Without the cause: its message does not name the key.
                        throw new IllegalStateException(cannotBeRead(key, RedisFailure.reason(failure)));
                    }
                    return true;
                })
                .join());
        return new KeyAnswers<>(found, refused);
    }

    /** Returns true when the failure is about a key and this user, not about the connection or the whole Redis. */
    static boolean isRefusal(Throwable failure) {
        String reason = RedisFailure.reason(failure);
        return reason.startsWith("WRONGTYPE") || reason.startsWith("NOPERM");
    }

    static String cannotBeRead(String key, String reason) {
        return '"' + key + "\" cannot be read as a stream: " + reason;
    }
}
