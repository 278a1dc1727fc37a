package dev.hibiki.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.options.Secret;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccessKeysTest {
    private final AccessKeys keys =
            new AccessKeys("--publish-key", "--publish-keys-file", true, List.of(new Secret("one"), new Secret("two")));

    @Test
    void shouldAcceptEachConfiguredKeyAndNoOther() {
        assertThat(List.of("one", "two")).allMatch(keys::contains);
        assertThat(List.of("", "on", "one ", "onetwo", "ONE", "three")).noneMatch(keys::contains);
    }

    @Test
    void shouldReplaceTheKeysOfTheFileAndKeepTheOthers() {
        keys.replace(List.of("old"));
        assertThat(keys.contains("old")).isTrue();

        keys.replace(List.of("new"));

        assertThat(keys.contains("old")).isFalse();
        assertThat(List.of("new", "one", "two")).allMatch(keys::contains);
    }
}
