package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

final class RedisTopologyIT {
    private static final String KEY = "topvideohub:trending";

    @Test
    void shouldFindTheMasterOfAKeyThroughEachKindOfChange() {
        try (RedisClusterFixture cluster = RedisClusterFixture.start()) {
            RedisFixture first = cluster.masterOf(KEY);
            assertThat(first.cli("SET", KEY, "value")).isEqualTo("OK");
            assertThat(first.cli("DEL", KEY)).isEqualTo("1");
            RedisFixture other = cluster.masterOf("another");
            assertThat(other).isNotSameAs(first);
            assertThatThrownBy(() -> other.cli("GET", KEY))
                    .isInstanceOf(RedisErrorException.class)
                    .hasMessageStartingWith("MOVED");

            RedisFixture second = cluster.failOver(KEY);
            assertThat(second).isNotSameAs(first);
            assertThat(second.cli("SET", KEY, "value")).isEqualTo("OK");
            assertThat(second.cli("DEL", KEY)).isEqualTo("1");

            second.kill();
            RedisFixture third = cluster.awaitOtherMaster(KEY, second);
            assertThat(third).isSameAs(first);
            second.restart();
            cluster.awaitComplete();

            RedisFixture fourth = cluster.migrate(KEY);
            assertThat(fourth).isNotIn(first, second);
            assertThat(cluster.publishSharded(KEY, "nobody")).isZero();
        }
    }

    @Test
    void shouldFailOverRepeatedly() {
        try (RedisPairFixture pair = RedisPairFixture.start()) {
            RedisFixture first = pair.master();
            assertThat(first.cli("SET", KEY, "value")).isEqualTo("OK");

            RedisFixture second = pair.failOver();
            assertThat(second).isNotSameAs(first).isSameAs(pair.master());
            assertThat(second.cli("GET", KEY)).isEqualTo("value");
            assertThatThrownBy(() -> first.cli("SET", KEY, "other")).hasMessageStartingWith("READONLY");

            assertThat(pair.failOver()).isSameAs(first);
            assertThat(first.cli("SET", KEY, "other")).isEqualTo("OK");
        }
    }

    @Test
    void shouldFindTheMasterBeforeAndAfterAFailoverOfSentinels() {
        try (RedisSentinelFixture trio = RedisSentinelFixture.start()) {
            RedisFixture first = trio.master();
            assertThat(first.cli("SET", KEY, "value")).isEqualTo("OK");

            RedisFixture second = trio.failOver();
            assertThat(second).isNotSameAs(first);
            assertThat(second.cli("GET", KEY)).isEqualTo("value");
            trio.awaitReplica();

            second.kill();
            assertThat(trio.awaitOtherMaster(second)).isSameAs(first);
        }
    }

    @Test
    void shouldAcceptOnlyTls() {
        SelfSignedCertificate certificate = SelfSignedCertificate.create();
        try (RedisFixture redis = RedisFixture.startTls(certificate, "--requirepass", "geheim")) {
            assertThat(redis.uri()).isEqualTo("rediss://:geheim@127.0.0.1:" + redis.port());
            assertThat(redis.cli("PING")).isEqualTo("PONG");
            assertThatThrownBy(() -> pingInTheClear(redis)).isInstanceOf(UncheckedIOException.class);
        }
    }

    private static void pingInTheClear(RedisFixture redis) {
        try (RespConnection connection = new RespConnection(redis.port(), null)) {
            connection.send(RespConnection.bytes("PING"));
            connection.read();
        } catch (java.io.IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
