package dev.hibiki.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.http.Router;
import dev.hibiki.gateway.http.TestClient;
import dev.hibiki.gateway.session.SessionList;
import dev.hibiki.gateway.session.SessionQuery;
import io.netty.handler.codec.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionsEndpointTest {
    private static final String EMPTY =
            "{\"sessions\":[],\"total\":{\"sessions\":0,\"lag_bytes\":0,\"lag_max_bytes\":0,\"kinds\":{}}}\n";

    private final List<SessionQuery> queries = new ArrayList<>();
    private CompletableFuture<SessionList> answer =
            CompletableFuture.completedFuture(new SessionList(List.of(), new SessionList.Totals(0, 0, 0, Map.of())));
    private final TestClient client = new TestClient(new Router().get("/sessions", new SessionsEndpoint(query -> {
        queries.add(query);
        return answer;
    })));

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void shouldListTheSlowestSessionsByDefault() {
        assertThat(client.get("/sessions").body()).isEqualTo(EMPTY);

        assertThat(queries).containsExactly(new SessionQuery(null, null, null, 100, SessionQuery.Order.LAG));
    }

    @Test
    void shouldPassOnTheParametersOfTheQuery() {
        client.get("/sessions?region=JP&channel=a:b&user=user-7&limit=1000&sort=retransmits");

        assertThat(queries)
                .containsExactly(new SessionQuery("JP", "a:b", "user-7", 1000, SessionQuery.Order.RETRANSMITS));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "limit=0|limit: \\\"0\\\" (expected: a whole number from 1 to 1000)",
                "limit=1001|limit: \\\"1001\\\" (expected: a whole number from 1 to 1000)",
                "limit=ten|limit: \\\"ten\\\" (expected: a whole number from 1 to 1000)",
                "sort=LAG|sort: \\\"LAG\\\" (expected: lag, age, rtt, retransmits)",
                "regions=JP|unknown parameter \\\"regions\\\" (expected: region, channel, user, limit, sort); did you mean region?",
                "user=%zz|user: \\\"%zz\\\" cannot be decoded: a % is not followed by two hexadecimal digits (expected: %25 for a %)",
                "us%er=1|unknown parameter \\\"us%er\\\" (expected: region, channel, user, limit, sort); did you mean user?",
                "region=JP&region=KR|more than one region (expected: one)"
            })
    void shouldNameTheErrorInAQuery(String query, String error) {
        TestClient.Answer refused = client.get("/sessions?" + query);

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body()).isEqualTo("{\"error\":\"" + error + "\"}\n");
        assertThat(queries).isEmpty();
    }

    @Test
    void shouldAnswerOneRequestAtATime() {
        CompletableFuture<SessionList> first = new CompletableFuture<>();
        answer = first;
        client.channel.writeInbound(TestClient.request(HttpMethod.GET, "/sessions", ""));
        assertThat(client.answer()).isNull();

        TestClient.Answer refused = client.get("/sessions");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.header("retry-after")).isEqualTo("1");

        first.complete(new SessionList(List.of(), new SessionList.Totals(3, 2, 1, Map.of("sse", 3))));
        assertThat(client.answer())
                .isNotNull()
                .extracting(TestClient.Answer::body)
                .asString()
                .contains("{\"sessions\":3,\"lag_bytes\":2,\"lag_max_bytes\":1,\"kinds\":{\"sse\":3}}");
        assertThat(queries).hasSize(1);
    }

    @Test
    void shouldTimeOutWhenALoopIsBusy() {
        answer = new CompletableFuture<>();
        client.channel.freezeTime();
        client.channel.writeInbound(TestClient.request(HttpMethod.GET, "/sessions", ""));
        client.channel.advanceTimeBy(4_999, TimeUnit.MILLISECONDS);
        client.channel.runScheduledPendingTasks();
        assertThat(client.answer()).isNull();

        client.channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        client.channel.runScheduledPendingTasks();
        assertThat(client.answer()).isNotNull().satisfies(late -> {
            assertThat(late.status()).isEqualTo(503);
            assertThat(late.body()).contains("too busy");
        });
    }
}
