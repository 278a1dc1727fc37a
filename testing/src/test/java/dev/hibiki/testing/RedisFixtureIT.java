package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RedisFixtureIT {
    @ParameterizedTest
    @EnumSource(names = {"PATH", "EMBEDDED"})
    void shouldComeBackEmptyOnTheSamePortAfterEachKindOfEnd(RedisKind kind) {
        try (RedisFixture redis = RedisFixture.start(kind)) {
            int port = redis.port();
            String run = runId(redis);
            redis.cli("SET", "key", "value");

            redis.kill();
            assertThatThrownBy(() -> redis.cli("PING")).isInstanceOf(UncheckedIOException.class);
            redis.restart();
            assertThat(redis.cli("GET", "key")).isEqualTo("(nil)");
            assertThat(runId(redis)).isNotEqualTo(run);

            redis.stop();
            assertThatThrownBy(() -> redis.cli("PING")).isInstanceOf(UncheckedIOException.class);
            redis.restart();
            redis.restart();
            assertThat(redis.cli("PING")).isEqualTo("PONG");
            assertThat(redis.uri()).isEqualTo("redis://127.0.0.1:" + port);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PATH", "EMBEDDED"})
    void shouldKeepItsConnectionsButAnswerNothingWhileFrozen(RedisKind kind) throws Exception {
        try (RedisFixture redis = RedisFixture.start(kind);
                RespConnection connection = new RespConnection(redis.port(), null)) {
            redis.freeze();
            connection.setPatienceMs(200);
            connection.send(RespConnection.bytes("PING"));
            assertThatThrownBy(connection::read).isInstanceOf(java.net.SocketTimeoutException.class);

            redis.thaw();
            connection.setPatienceMs(5_000);
            assertThat(connection.read()).isEqualTo("PONG");
        }
    }

    @Test
    void shouldPublishTextAndBytesAndCountTheReceivers() throws Exception {
        byte[] notUtf8 = {(byte) 0xff, 0, '\r', '\n', (byte) 0x80};
        try (RedisFixture redis = RedisFixture.start();
                RespConnection subscriber = new RespConnection(redis.port(), null)) {
            assertThat(redis.publish("新着", "誰もいない")).isZero();
            subscriber.send(RespConnection.bytes("SUBSCRIBE", "新着"));
            assertThat(subscriber.read()).isEqualTo("subscribe\n新着\n1");

            assertThat(redis.publish("新着", "新しい動画")).isEqualTo(1);
            assertThat(subscriber.read()).isEqualTo("message\n新着\n新しい動画");
            assertThat(redis.publish("新着", notUtf8)).isEqualTo(1);
            assertThat(subscriber.read()).isEqualTo("message\n新着\n" + new String(notUtf8, StandardCharsets.UTF_8));
            assertThat(redis.cli("ECHO", "響")).isEqualTo("響");
        }
    }

    @Test
    void shouldPublishManyInOrder() throws Exception {
        List<byte[]> payloads = Stream.iterate(0, i -> i + 1)
                .limit(1_234)
                .map(i -> Integer.toString(i).getBytes(StandardCharsets.US_ASCII))
                .toList();
        try (RedisFixture redis = RedisFixture.start();
                RespConnection subscriber = new RespConnection(redis.port(), null)) {
            subscriber.send(RespConnection.bytes("SUBSCRIBE", "many"));
            subscriber.read();
            assertThat(redis.publishAll("many", payloads)).isEqualTo(1_234);
            for (int i = 0; i < 1_234; i++) {
                assertThat(subscriber.read()).isEqualTo("message\nmany\n" + i);
            }
        }
    }

    @Test
    void shouldUseItsPassword() {
        try (RedisFixture redis = RedisFixture.start("--requirepass", "geheim")) {
            assertThat(redis.uri()).isEqualTo("redis://:geheim@127.0.0.1:" + redis.port());
            assertThat(redis.cli("PING")).isEqualTo("PONG");
            assertThatThrownBy(() -> pingWithout(redis))
                    .isInstanceOf(RedisErrorException.class)
                    .hasMessageStartingWith("NOAUTH");
        }
    }

    @Test
    void shouldBeRunningThawedAndEmptyAfterAReset() {
        try (RedisFixture redis = RedisFixture.start()) {
            redis.cli("SET", "key", "value");
            redis.freeze();
            redis.reset();
            assertThat(redis.cli("DBSIZE")).isEqualTo("0");
            redis.freeze();
            redis.kill();
            redis.reset();
            assertThat(redis.cli("DBSIZE")).isEqualTo("0");
            assertThatThrownBy(() -> redis.cli("SHUTDOWN", "NOSAVE")).isInstanceOf(UncheckedIOException.class);
            redis.reset();
            assertThat(redis.cli("DBSIZE")).isEqualTo("0");
        }
    }

    @Test
    void shouldShowTheOutputOfAServerThatDoesNotStart() throws Exception {
        Set<Path> before = folders();
        assertThatThrownBy(() -> RedisFixture.start(RedisKind.PATH, "--no-such-option", "1"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("redis-server ended with exit code 1")
                .hasMessageContaining("no-such-option");
        assertThat(folders()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(names = {"PATH", "EMBEDDED"})
    void shouldLeaveNoProcessAndNoFile(RedisKind kind) throws Exception {
        Set<Path> before = folders();
        RedisFixture redis = RedisFixture.start(kind);
        assertThat(folders()).hasSize(before.size() + 1);
        assertThat(children()).isEqualTo(1);
        redis.freeze();
        redis.close();
        redis.close();
        assertThat(folders()).isEqualTo(before);
        assertThat(children()).isZero();
    }

    private static String runId(RedisFixture redis) {
        return redis.cli("INFO", "server")
                .lines()
                .filter(line -> line.startsWith("run_id"))
                .findFirst()
                .orElseThrow();
    }

    private static void pingWithout(RedisFixture redis) throws Exception {
        try (RespConnection connection = new RespConnection(redis.port(), null)) {
            connection.send(RespConnection.bytes("PING"));
            connection.read();
        }
    }

    private static long children() {
        return ProcessHandle.current().children().filter(ProcessHandle::isAlive).count();
    }

    private static Set<Path> folders() throws Exception {
        try (Stream<Path> entries = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return entries.filter(entry -> entry.getFileName().toString().startsWith("hibiki-redis-"))
                    .collect(Collectors.toSet());
        }
    }
}
