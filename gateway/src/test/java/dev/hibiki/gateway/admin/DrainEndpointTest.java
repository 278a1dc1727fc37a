package dev.hibiki.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.auth.PublishKeys;
import dev.hibiki.gateway.http.Router;
import dev.hibiki.gateway.http.TestClient;
import dev.hibiki.gateway.options.Secret;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DrainEndpointTest {
    private final AtomicInteger drains = new AtomicInteger();

    private static PublishAccess key(String... keys) {
        return new PublishAccess(new PublishKeys(
                keys.length > 0, Stream.of(keys).map(Secret::new).toList()));
    }

    private TestClient client(PublishAccess key) {
        return new TestClient(
                new Router().on("/drain", Set.of(HttpMethod.POST), SmallEndpoints.drain(drains::incrementAndGet, key)));
    }

    @Test
    void shouldDrainWhenAsked() {
        try (TestClient client = client(key())) {
            TestClient.Answer answer = client.post("/drain", "");

            assertThat(answer.status()).isEqualTo(202);
            assertThat(answer.body()).isEqualTo("draining\n");
            assertThat(drains).hasValue(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Authorization, Bearer wrong, 401",
        "Authorization, Basic secret, 401",
        "X-Nothing, Bearer secret, 401",
        "Origin, https://site.example, 403"
    })
    void shouldRefuseToDrainWithoutAPublishKeyOrFromAPage(String header, String value, int status) {
        try (TestClient client = client(key("secret"))) {
            assertThat(client.post("/drain", "", header, value).status()).isEqualTo(status);
            assertThat(drains).hasValue(0);
            assertThat(client.post("/drain", "", "Authorization", "Bearer secret")
                            .status())
                    .isEqualTo(202);
        }
    }

    @Test
    void shouldNotDrainOnGet() {
        try (TestClient client = client(key())) {
            assertThat(client.get("/drain").status()).isEqualTo(405);
            assertThat(drains).hasValue(0);
        }
    }
}
