package dev.hibiki.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.auth.Authenticator;
import dev.hibiki.gateway.auth.TestTokens;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sessions follow the tokens of their clients. The channels are {@code ch} and {@code other}. */
class TokenSessionTest {
    private static final String V1 = "Sec-WebSocket-Protocol: hibiki.v1";
    private static final String ALL = "'hibiki':{'channels':'*'}";

    /** It comes in the slot of the heartbeat wheel that the session has drawn, perhaps in the second that the test lets pass. */
    private static final String PING = "8900";

    private final AtomicLong nowMs = new AtomicLong(System.currentTimeMillis());
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final Authenticator authenticator = TestTokens.authenticator(metrics, nowMs::get);
    private final TestConnection connection = new TestConnection(LogLimits.retaining(1 << 20), authenticator);

    @AfterEach
    void close() {
        connection.close();
        metrics.close();
    }

    private static String bearer(long expiresInSeconds, String claims) {
        return "Authorization: Bearer " + TestTokens.hs256(expiresInSeconds, claims);
    }

    private List<String> enter(String uri, String claims) {
        assertThat(connection.upgrade(uri, V1, bearer(1_000, claims))).startsWith("HTTP/1.1 101 ");
        return connection.sentMessages();
    }

    private void authenticate(String token) {
        nowMs.addAndGet(1_000);
        connection.say("{\"$\":{\"auth\":{\"token\":\"" + token + "\"}}}");
    }

    private static String error(String code, String message) {
        return "{\"$\":{\"error\":{\"code\":\"" + code + "\",\"message\":\"" + message.replace("'", "\\\"") + "\"}}}";
    }

    @Test
    void shouldSendTheRemainingTimeOfTheTokenInHello() {
        List<String> messages = enter("/", ALL);

        assertThat(messages).hasSize(1);
        assertThat(messages.get(0)).containsPattern("\"ping_s\":25,\"expires_s\":10\\d\\d}");
    }

    @Test
    void shouldRefuseWithoutATokenBeforeTheUpgrade() {
        String answer = connection.upgrade("/");

        assertThat(answer).startsWith("HTTP/1.1 401 ").containsIgnoringCase("www-authenticate: Bearer\r\n");
        assertThat(connection.metrics.scrape()).contains("hibiki_handshakes_total{status=\"401\"} 1.0");
    }

    @Test
    void shouldRefuseABadTokenBeforeTheUpgrade() {
        assertThat(connection.upgrade("/", bearer(-100, ALL)))
                .startsWith("HTTP/1.1 401 ")
                .contains("invalid_token");
    }

    @Test
    void shouldSendTheErrorAfterTheUpgradeToAClientOfHibikiV1() {
        connection.receive(TestConnection.upgradeRequest("/", V1, bearer(-100, ALL)));
        String sent = connection.sentHex();
        String error = TestConnection.hex(
                "{\"$\":{\"error\":{\"code\":\"bad_token\",\"message\":\"the token has expired: its exp was ");

        assertThat(sent)
                .startsWith(TestConnection.hex("HTTP/1.1 101 "))
                .contains(error)
                .endsWith(TestConnection.closeHex(4001, "bad token"));
        assertThat(connection.metrics.scrape()).contains("hibiki_handshakes_total{status=\"401\"} 1.0");
        assertThat(connection.regions.connections()).isZero();

        connection.receive(TestConnection.clientFrame(0x88, new byte[] {15, (byte) 161}));
        assertThat(connection.channel.isOpen()).isFalse();
    }

    @Test
    void shouldLimitTheWaitForTheClientsClose() {
        connection.receive(TestConnection.upgradeRequest("/", V1));
        assertThat(connection.sentHex()).endsWith(TestConnection.closeHex(4001, "bad token"));

        connection.pass(TestConnection.LINGER_MS);
        assertThat(connection.channel.isOpen()).isFalse();
    }

    @Test
    void shouldRefuseAChannelThatIsNotAllowed() {
        connection.receive(
                TestConnection.upgradeRequest("/?channel=other", V1, bearer(10, "'hibiki':{'channels':['ch']}")));
        assertThat(connection.sentHex())
                .contains(TestConnection.hex(error("forbidden", "the token does not allow the channel 'other'")))
                .endsWith(TestConnection.closeHex(4003, "forbidden"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/?channel=other | 'hibiki':{'channels':['ch']} | 403",
                "/ | 'sub':'u' | 403",
                "/?region=US | 'hibiki':{'channels':['*'],'regions':['JP']} | 403",
                "/ | 'hibiki':{'channels':['*'],'regions':['J*']} | 403",
                "/ | 'hibiki':{'channels':['*'],'regions':[]} | 403",
                "/?region=JP | 'hibiki':{'channels':['*'],'regions':['J*']} | 101",
                "/ | 'hibiki':{'channels':['*'],'regions':['JP','KR']} | 101",
                "/?channel=nowhere | 'hibiki':{'channels':['*']} | 404"
            })
    void shouldAnswerAccordingToTheRightsOfTheToken(String uri, String claims, int status) {
        assertThat(connection.upgrade(uri, bearer(10, claims))).startsWith("HTTP/1.1 " + status + " ");
    }

    @Test
    void shouldNameTheNearestChannelOnlyToAClientThatMayReadIt() {
        String may = bearer(10, "'hibiki':{'channels':['other','othr']}");
        String mayNot = bearer(10, "'hibiki':{'channels':['ch','othr']}");

        assertThat(connection.upgrade("/?channel=othr", may)).contains("unknown channel", "did you mean other?");
        try (TestConnection second = new TestConnection(LogLimits.retaining(1 << 20), authenticator)) {
            assertThat(second.upgrade("/?channel=othr", mayNot))
                    .contains("unknown channel")
                    .doesNotContain("did you mean");
        }
    }

    @Test
    void shouldSelectAllAllowedChannelsByDefault() {
        enter("/", "'hibiki':{'channels':['ch'],'regions':['JP']}");
        connection.publishId("other", "1", "JP");
        connection.publishId("ch", "2", "US");
        connection.publishId("ch", "3", null);
        connection.publishId("ch", "4", "JP");

        assertThat(connection.sentMessages()).containsExactly("4");
    }

    @Test
    void shouldCheckTheRightsOfASubscribe() {
        enter("/?channel=ch&region=JP", "'hibiki':{'channels':['ch'],'regions':['JP','KR']}");
        connection.say("{\"$\":{\"subscribe\":{\"channel\":\"other\"}}}");
        connection.say("{\"$\":{\"subscribe\":{\"channel\":\"ch\",\"region\":[\"JP\",\"US\"]}}}");
        connection.say("{\"$\":{\"subscribe\":{\"channel\":\"nowhere\"}}}");
        connection.say("{\"$\":{\"subscribe\":{\"channel\":\"ch\"}}}");

        assertThat(connection.sentMessages())
                .containsExactly(
                        error("forbidden", "the token does not allow the channel 'other'"),
                        error("forbidden", "the token does not allow the region 'US'"),
                        error("unknown_channel", "unknown channel 'nowhere'"),
                        "{\"$\":{\"subscribed\":{\"channel\":\"ch\",\"region\":[\"JP\",\"KR\"],\"resume\":\"new\",\"id\":null}}}");
    }

    @Test
    void shouldEndWithTheReasonWhenTheTokenExpires() {
        enter("/", ALL);
        connection.pass(1_000);
        assertThat(connection.sentHex()).isIn("", PING);

        nowMs.addAndGet(TimeUnit.SECONDS.toMillis(1_100));
        connection.pass(1_000);
        assertThat(connection.sentHex()).endsWith(TestConnection.closeHex(4101, "token expired"));
        assertThat(connection.metrics.scrape()).contains("hibiki_closes_total{reason=\"4101\"} 1.0");
    }

    @Test
    void shouldContinueWithANewTokenWithoutLosingAnEvent() {
        enter("/", "'sub':'u','hibiki':{'channels':['*']}");
        authenticate(TestTokens.hs256(5_000, "'sub':'u','hibiki':{'channels':['*']}"));
        connection.publishId("ch", "1", null);

        List<String> messages = connection.sentMessages();
        assertThat(messages).hasSize(2);
        assertThat(messages.get(0)).containsPattern("^\\{\"\\$\":\\{\"authenticated\":\\{\"expires_s\":50\\d\\d}}}$");
        assertThat(messages.get(1)).isEqualTo("1");
    }

    @Test
    void shouldUnsubscribeFromTopicsThatANarrowerTokenForbids() {
        enter("/?region=JP&region=US", "'sub':'u','hibiki':{'channels':['*']}");
        authenticate(TestTokens.hs256(5_000, "'sub':'u','hibiki':{'channels':['ch'],'regions':['JP']}"));
        connection.publishId("other", "1", "JP");
        connection.publishId("ch", "2", "US");
        connection.publishId("ch", "3", "JP");

        List<String> messages = connection.sentMessages();
        assertThat(messages.subList(0, 3))
                .containsExactlyInAnyOrder(
                        error("forbidden", "no more events of 'ch' of the region 'US'"),
                        error("forbidden", "no more events of 'other' of the region 'JP'"),
                        error("forbidden", "no more events of 'other' of the region 'US'"));
        assertThat(messages.get(3)).contains("authenticated");
        assertThat(messages.subList(4, messages.size())).containsExactly("3");
    }

    @Test
    void shouldLetAWiderTokenSubscribeToMore() {
        enter("/", "'sub':'u','hibiki':{'channels':['ch']}");
        authenticate(TestTokens.hs256(5_000, "'sub':'u','hibiki':{'channels':['*']}"));
        connection.say("{\"$\":{\"subscribe\":{\"channel\":\"other\"}}}");
        connection.publishId("other", "1", null);

        assertThat(connection.sentMessages()).hasSize(3).endsWith("1");
    }

    @Test
    void shouldCloseAClientThatRenewsWithAnInvalidToken() {
        enter("/", "'sub':'u'," + ALL);
        authenticate("nonsense");

        assertThat(connection.sentHex())
                .startsWith("81")
                .contains(TestConnection.hex("bad_token"))
                .endsWith(TestConnection.closeHex(4001, "bad token"));
    }

    @Test
    void shouldCloseAClientThatRenewsWithTheTokenOfAnotherUser() {
        enter("/", "'sub':'u'," + ALL);
        authenticate(TestTokens.hs256(5_000, "'sub':'v'," + ALL));

        assertThat(connection.sentHex()).endsWith(TestConnection.closeHex(4001, "bad token"));
    }

    @Test
    void shouldLimitHowOftenAClientCanRenew() {
        enter("/", ALL);
        connection.say("{\"$\":{\"auth\":{\"token\":\"" + TestTokens.hs256(5_000, ALL) + "\"}}}");

        assertThat(connection.sentMessages())
                .containsExactly(error("try_later", "that was too soon after the last token"));
        assertThat(metrics.scrape()).contains("hibiki_tokens_total{result=\"ok\"} 1.0");
    }

    @Test
    void shouldRefuseATokenWhenNoneIsRequired() {
        try (TestConnection open = new TestConnection()) {
            open.upgrade("/", V1);
            open.sentHex();
            open.say("{\"$\":{\"auth\":{\"token\":\"t\"}}}");

            assertThat(open.sentMessages()).containsExactly(error("refused", "no token is asked for here"));
        }
    }
}
