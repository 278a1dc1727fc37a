package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(RedisExtension.class)
final class PhpScriptIT {
    private static final Duration ALLOWED = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    @Test
    void shouldPassArgumentsAndEnvironmentAndReturnOutputAndExitCode() throws Exception {
        Path script = script("""
                <?php
                fwrite(STDOUT, $argv[1] . getenv('TITLE'));
                fwrite(STDERR, 'problem');
                exit(3);
                """);
        assertThat(PhpScript.at(script).with("TITLE", "新着").run(ALLOWED, "a b"))
                .isEqualTo(new PhpScript.Result(3, "a b新着", "problem"));
    }

    @Test
    void shouldPublishToRedis(RedisFixture redis) throws Exception {
        Path script = script("""
                <?php
                $redis = new Redis();
                $redis->connect('127.0.0.1', (int) $argv[1]);
                echo $redis->publish('topic', json_encode(['title' => '新着']));
                """);
        try (RespConnection subscriber = new RespConnection(redis.port(), null)) {
            subscriber.send(RespConnection.bytes("SUBSCRIBE", "topic"));
            subscriber.read();
            assertThat(PhpScript.at(script).run(ALLOWED, Integer.toString(redis.port())))
                    .isEqualTo(new PhpScript.Result(0, "1", ""));
            assertThat(subscriber.read()).isEqualTo("message\ntopic\n{\"title\":\"\\u65b0\\u7740\"}");
        }
    }

    @Test
    void shouldKillAScriptThatTakesTooLong() throws Exception {
        Path script = script("<?php echo 'begun'; while (true) { usleep(1000); }");
        assertThatThrownBy(() -> PhpScript.at(script).run(Duration.ofSeconds(1)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("longer than 1000 ms")
                .hasMessageContaining("begun");
        assertThat(ProcessHandle.current().children().flatMap(child -> child.info().commandLine().stream()))
                .noneMatch(line -> line.contains("php"));
    }

    private Path script(String text) throws Exception {
        return Files.writeString(folder.resolve("script.php"), text);
    }
}
