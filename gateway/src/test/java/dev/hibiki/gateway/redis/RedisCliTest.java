package dev.hibiki.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.channels.ChannelExample;
import dev.hibiki.gateway.redis.address.RedisAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisCliTest {
    private static final String PASSWORD =
            "REDISCLI_AUTH=\"${REDISCLI_AUTH:?export it first, with the password of Redis, without percent codes}\" ";

    private static String line(String address, RedisSettings.Tls tls, boolean database) {
        return new RedisCli(new RedisSettings(RedisAddress.parse(address), false, tls))
                .line(List.of("GET", "a"), database);
    }

    private static String line(String address) {
        return line(address, new RedisSettings.Tls(null, RedisSettings.Verify.FULL, null), true);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    redis://localhost            | redis-cli GET a
                    redis://127.0.0.1:11010      | redis-cli -p 11010 GET a
                    redis://redis.local/2        | redis-cli -h redis.local -n 2 GET a
                    redis://[::1]:7              | redis-cli -h ::1 -p 7 GET a
                    redis-cluster://n1:7000,n2   | redis-cli -h n1 -p 7000 -c GET a
                    redis-socket:///run/a b?db=3 | redis-cli -s '/run/a b' -n 3 GET a
                    redis-sentinel://s1,s2#my'm  | redis-cli $(redis-cli -h s1 -p 26379 sentinel get-master-addr-by-name 'my'\\''m' PIPE xargs printf -- '-h %s -p %s') GET a
                    """, quoteCharacter = '`')
    void shouldLeadToTheRedisOfTheGateway(String address, String expected) {
        assertThat(line(address)).isEqualTo(expected.replace("PIPE", "|"));
    }

    @ParameterizedTest
    @CsvSource({
        "redis://localhost:11010/2, true",
        "redis://:s3cret@[::1], true",
        "redis-socket:///run/redis.sock, true",
        "redis-sentinel://127.0.0.1#m, true",
        "redis://redis.local, false",
        "redis-cluster://n1, false",
        "redis://gateway:s3cret@localhost, false",
        "rediss://localhost, false"
    })
    void shouldBeForEverybodyWhereItNamesNoHostUserOrFile(String address, boolean expected) {
        RedisSettings.Tls tls = new RedisSettings.Tls(Path.of("/etc/ca.pem"), RedisSettings.Verify.FULL, null);

        assertThat(new RedisCli(new RedisSettings(RedisAddress.parse(address), false, tls)).isPublic())
                .isEqualTo(expected);
    }

    @Test
    void shouldAskForThePasswordAndNotShowIt() {
        assertThat(line("redis://:s3cret@localhost")).isEqualTo(PASSWORD + "redis-cli GET a");
        assertThat(line("redis://gate way:s3cret@localhost".replace(" ", "%20")))
                .isEqualTo(PASSWORD + "redis-cli --user 'gate way' GET a");
    }

    @Test
    void shouldLeaveOutTheDatabaseWhereItDoesNotMatter() {
        RedisSettings.Tls tls = new RedisSettings.Tls(null, RedisSettings.Verify.FULL, null);

        assertThat(line("redis://localhost/2", tls, false)).isEqualTo("redis-cli GET a");
    }

    @Test
    void shouldNameTheFilesOfTls() {
        RedisSettings.Identity identity = new RedisSettings.Identity(Path.of("/etc/a.pem"), Path.of("/etc/k.pem"));

        assertThat(line(
                        "rediss://h",
                        new RedisSettings.Tls(Path.of("/etc/ca's.pem"), RedisSettings.Verify.FULL, identity),
                        false))
                .isEqualTo(
                        "redis-cli -h h --tls --cacert '/etc/ca'\\''s.pem' --cert /etc/a.pem --key /etc/k.pem GET a");
        assertThat(line("rediss://h", new RedisSettings.Tls(null, RedisSettings.Verify.NONE, null), false))
                .isEqualTo("redis-cli -h h --tls --insecure GET a");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    news.*        | news.example
                    news          | news
                    *             | example
                    **a?          | exampleax
                    v:[abc][^x]   | v:a0
                    a\\*b*        | a*bexample
                    動画:*         | 動画:example
                    [z-a*         | [z-a*
                    """)
    void shouldFindAChannelThatAPatternMatches(String pattern, String channel) {
        assertThat(ChannelExample.of(pattern)).isEqualTo(channel);
    }
}
