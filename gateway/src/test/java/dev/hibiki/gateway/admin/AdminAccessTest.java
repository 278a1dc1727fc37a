package dev.hibiki.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.auth.AccessKeys;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.http.Router;
import dev.hibiki.gateway.http.TestClient;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.options.Secret;
import dev.hibiki.gateway.support.LogCapture;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which key opens which path of the admin port. */
class AdminAccessTest {
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final AtomicInteger drains = new AtomicInteger();

    @AfterEach
    void close() {
        metrics.close();
    }

    private static AccessKeys keys(boolean configured, String key) {
        return new AccessKeys("--x-key", "--x-key-file", configured, configured ? List.of(new Secret(key)) : List.of());
    }

    private TestClient client(boolean publisher, boolean operator, boolean onLoopback, boolean keyForMetrics) {
        AdminAccess access = new AdminAccess(
                keys(publisher, "pub"), keys(operator, "ops"), onLoopback, keyForMetrics, new AdminRefusals(metrics));
        return new TestClient(new Router()
                .get(
                        "/sessions",
                        access.requiring(
                                AdminAccess.Right.SESSIONS,
                                (ctx, request, path) ->
                                        Reply.text(HttpResponseStatus.OK, "all").send(ctx, request)))
                .get("/metrics", access.requiring(AdminAccess.Right.METRICS, SmallEndpoints.metrics(metrics)))
                .on(
                        "/drain",
                        Set.of(HttpMethod.POST),
                        access.requiring(AdminAccess.Right.DRAIN, SmallEndpoints.drain(drains::incrementAndGet))));
    }

    /** Keys are those that are configured: p of publishers, o of operators. */
    @ParameterizedTest
    @CsvSource({
        // keys, loopback, path, without a key, key of publishers, key of operators, a wrong key
        "'',   true,  /sessions, 200, 200, 200, 200",
        "p,    true,  /sessions, 200, 200, 200, 200",
        "o,    true,  /sessions, 401, 401, 200, 401",
        "p,    false, /sessions, 403, 403, 403, 403",
        "po,   false, /sessions, 401, 401, 200, 401",
        "'',   true,  /drain,    202, 202, 202, 202",
        "p,    true,  /drain,    401, 202, 401, 401",
        "o,    true,  /drain,    401, 401, 202, 401",
        "po,   false, /drain,    401, 202, 202, 401",
        "'',   true,  /metrics,  200, 200, 200, 200",
        "po,   false, /metrics,  200, 200, 200, 200",
        "pom,  false, /metrics,  401, 401, 200, 401",
        "om,   true,  /metrics,  401, 401, 200, 401"
    })
    void shouldOpenWithTheKeyOfThePath(
            String keys, boolean loopback, String path, int none, int publisher, int operator, int wrong) {
        HttpMethod method = path.equals("/drain") ? HttpMethod.POST : HttpMethod.GET;
        try (TestClient client = client(keys.contains("p"), keys.contains("o"), loopback, keys.contains("m"))) {
            assertThat(client.send(TestClient.request(method, path, "")).status())
                    .isEqualTo(none);
            List<Integer> expected = List.of(publisher, operator, wrong, wrong);
            List<String> given = List.of("Bearer pub", "Bearer ops", "Bearer ops2", "Basic ops");
            for (int i = 0; i < given.size(); i++) {
                assertThat(client.send(TestClient.request(method, path, "", "Authorization", given.get(i)))
                                .status())
                        .as(given.get(i))
                        .isEqualTo(expected.get(i));
            }
        }
    }

    @Test
    void shouldNameTheOptionWhenNoKeyIsConfiguredOffLoopbackAndCountIt() {
        try (TestClient client = client(true, false, false, false)) {
            assertThat(metrics.scrape()).contains("hibiki_admin_refused_total{reason=\"key\"} 0.0");
            assertThat(client.get("/sessions").body()).contains("--admin-key");
            assertThat(client.send(TestClient.request(HttpMethod.HEAD, "/sessions", ""))
                            .status())
                    .isEqualTo(403);
            assertThat(metrics.scrape()).contains("hibiki_admin_refused_total{reason=\"key\"} 2.0");
        }
    }

    @Test
    void shouldRefuseADrainWithAParameterThatItWouldNotHeed() {
        try (TestClient client = client(false, false, true, false)) {
            TestClient.Answer answer = client.post("/drain?rate=10", "");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body())
                    .isEqualTo("{\"error\":\"unknown parameter \\\"rate\\\" (expected: no parameters; --drain-rate"
                            + " sets the pace)\"}\n");
            assertThat(drains).hasValue(0);
            assertThat(client.get("/metrics?collect[]=x").status()).isEqualTo(200);
        }
    }

    @Test
    void shouldSayHowToSendTheKey() {
        try (TestClient client = client(false, true, true, false)) {
            TestClient.Answer missing = client.get("/sessions");
            assertThat(missing.header("www-authenticate")).isEqualTo("Bearer");
            TestClient.Answer wrong =
                    client.send(TestClient.request(HttpMethod.GET, "/sessions", "", "Authorization", "Bearer x"));
            assertThat(wrong.body()).isEqualTo("{\"error\":\"wrong admin key\"}\n");
            assertThat(wrong.header("www-authenticate")).isEqualTo("Bearer error=\"invalid_token\"");
        }
    }

    @Test
    void shouldDrainForAPublisherForOneReleaseAndSaySo() {
        try (LogCapture log = LogCapture.start();
                TestClient client = client(true, true, false, false)) {
            assertThat(client.post("/drain", "").status()).isEqualTo(401);
            assertThat(drains).hasValue(0);
            TestClient.Answer answer = client.post("/drain", "", "Authorization", "Bearer ops");
            assertThat(answer.body()).isEqualTo("draining\n");
            assertThat(log.linesWith("use --admin-key")).isEmpty();

            client.post("/drain", "", "Authorization", "Bearer pub");
            assertThat(drains).hasValue(2);
            assertThat(log.linesWith("use --admin-key")).hasSize(1);
        }
    }

    @Test
    void shouldNotDrainOnGet() {
        try (TestClient client = client(false, false, true, false)) {
            assertThat(client.get("/drain").status()).isEqualTo(405);
            assertThat(drains).hasValue(0);
        }
    }
}
