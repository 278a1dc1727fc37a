package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

final class ComponentTest {
    @Test
    void shouldSkipTheTestOnADevelopersMachineAndNameThePackage() {
        assertThatThrownBy(() -> Component.PHP_REDIS.reportMissing(Map.of("CI", "false")))
                .isInstanceOf(TestAbortedException.class)
                .hasMessageContaining("apt-get install php-redis");
    }

    @Test
    void shouldFailTheTestInContinuousIntegrationAndNameThePackage() {
        assertThatThrownBy(() -> Component.CHROMEDRIVER.reportMissing(Map.of("CI", "true")))
                .isInstanceOf(AssertionFailedError.class)
                .hasMessageContaining("apt-get install chromium-driver");
    }

    @Test
    void shouldBeStrictWhenEitherVariableIsSet() {
        assertThat(Component.isStrict(Map.of())).isFalse();
        assertThat(Component.isStrict(Map.of("CI", ""))).isFalse();
        assertThat(Component.isStrict(Map.of("CI", "1"))).isTrue();
        assertThat(Component.isStrict(Map.of("CI", "false", "HIBIKI_TEST_STRICT", "yes")))
                .isTrue();
    }

    @Test
    void shouldFindOnlyExecutableFilesInTheOrderOfThePath(@TempDir Path root) throws Exception {
        Path first = Files.createDirectories(root.resolve("a"));
        Path second = Files.createDirectories(root.resolve("b"));
        Files.createFile(first.resolve("tool"));
        Path runnable = Files.createFile(second.resolve("tool"));
        assertThat(runnable.toFile().setExecutable(true)).isTrue();

        assertThat(Component.find("tool", first + ":" + second)).contains(runnable);
        assertThat(Component.find("other", first + ":" + second)).isEmpty();
    }
}
