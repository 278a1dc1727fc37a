package dev.hibiki.gateway.redis.address;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RedisAddressTest {
    private static List<String> seeds(RedisAddress address) {
        return address.seeds().stream()
                .map(seed -> seed.getHost() + ':' + seed.getPort() + (seed.isSsl() ? " tls" : ""))
                .toList();
    }

    private static RedisCredentials credentials(RedisURI uri) {
        return Objects.requireNonNull(
                uri.getCredentialsProvider().resolveCredentials().block());
    }

    private static String password(RedisURI uri) {
        return new String(Objects.requireNonNull(credentials(uri).getPassword()));
    }

    @Test
    void shouldReadASingleRedis() {
        RedisAddress address = RedisAddress.parse("rediss://gateway:a%40b@redis.local:6380/2");

        assertThat(address.kind()).isEqualTo(RedisAddress.Kind.STANDALONE);
        assertThat(seeds(address)).containsExactly("redis.local:6380 tls");
        assertThat(address.data().getDatabase()).isEqualTo(2);
        assertThat(credentials(address.data()).getUsername()).isEqualTo("gateway");
        assertThat(password(address.data())).isEqualTo("a@b");
        assertThat(RedisAddress.parse("redis://h?db=3").data().getDatabase()).isEqualTo(3);
    }

    @Test
    void shouldReadSentinelsAndKeepThePasswordForTheMaster() {
        RedisAddress address = RedisAddress.parse("rediss-sentinel://gateway:s3cret@s1:26380,s2,[::1]:7/1#mymaster");

        assertThat(address.kind()).isEqualTo(RedisAddress.Kind.SENTINEL);
        assertThat(address.master()).isEqualTo("mymaster");
        assertThat(seeds(address)).containsExactly("s1:26380 tls", "s2:26379 tls", "[::1]:7 tls");
        assertThat(credentials(address.seeds().get(0)).hasPassword()).isFalse();
        assertThat(address.data().isSsl()).isTrue();
        assertThat(address.data().getDatabase()).isEqualTo(1);
        assertThat(password(address.data())).isEqualTo("s3cret");
    }

    @Test
    void shouldReadNodesOfAClusterThatShareAPassword() {
        RedisAddress address = RedisAddress.parse("redis-cluster://gateway:s3c@ret@n1:7000,n2,n3:7002");

        assertThat(address.kind()).isEqualTo(RedisAddress.Kind.CLUSTER);
        assertThat(seeds(address)).containsExactly("n1:7000", "n2:6379", "n3:7002");
        assertThat(address.seeds()).allMatch(seed -> password(seed).equals("s3c@ret"));
        assertThat(address.data().isSsl()).isFalse();
    }
}
