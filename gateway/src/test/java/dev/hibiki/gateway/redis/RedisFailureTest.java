package dev.hibiki.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.StacklessClosedChannelException;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The exceptions are those that Lettuce 7.7 and Netty 4.2 were seen to throw. */
class RedisFailureTest {
    private static final String CLOSED = "the connection was closed";

    private static void assertReason(Throwable failure, String reason) {
        Throwable wrapped = new CompletionException(new RedisConnectionException("Unable to connect to x", failure));
        assertThat(RedisFailure.reason(failure)).isEqualTo(reason);
        assertThat(RedisFailure.reason(wrapped)).isEqualTo(reason);
    }

    @Test
    void shouldNameTheCauseAndNotTheClassThatReportsIt() {
        assertReason(new ClosedChannelException(), CLOSED);
        assertReason(StacklessClosedChannelException.newInstance(RedisFailureTest.class, "test"), CLOSED);
        assertReason(new RedisException("Currently not connected. Commands are rejected."), CLOSED);
        assertReason(new RedisException("Connection closed prematurely"), CLOSED);
        assertReason(new RedisException("Connection closed"), CLOSED);
        assertReason(new RedisException("Connection is closed"), CLOSED);
        assertReason(new RedisException("Connection disconnected"), CLOSED);
        assertReason(new IllegalStateException("RedisHandshakeHandler not registered"), CLOSED);
        assertReason(
                new ConnectException("finishConnect(..) failed with error(-111): Connection refused: /10.0.0.5:6379"),
                "nothing accepts connections there: is Redis started, and is the address right?");
        assertReason(
                new IOException("recvAddress(..) failed with error(-104): Connection reset by peer"),
                "the other side reset the connection; if it does so each time, it may take only TLS: rediss:// in --redis");
        assertReason(
                new ConnectTimeoutException("connection timed out after 3000 ms: /10.0.0.5"),
                "it did not answer in time");
        assertReason(
                new RedisCommandTimeoutException("Command timed out after 3 second(s)"), "it did not answer in time");
        assertReason(
                new RedisConnectionException("Unable to connect to [10.0.0.5:6379]: Timeout after 1 second(s)"),
                "it did not answer in time");
        assertReason(
                new RedisConnectionException(
                        "Unable to connect to [localhost/<unresolved>:12379]: WRONGPASS invalid pair"),
                "the user or the password in --redis is wrong, or the user is switched off (WRONGPASS invalid pair)");
        assertReason(
                new RedisConnectionException(
                        "Unable to connect to [nohost/<unresolved>:7]: Failed to resolve 'nohost' [A(1)] after 2 queries"),
                "its host name cannot be resolved: correct it in --redis, or see /etc/hosts and DNS");
        assertReason(
                new ConnectException("connect(..) failed with error(-20): Not a directory"),
                "a part of the path of the socket is not a directory; a database is written ?db=3 there, not /3");
        assertReason(
                new ConnectException("connect(..) failed with error(-1): Operation not permitted"),
                "no connection could be made: Operation not permitted");
        assertReason(
                new UnknownHostException("Failed to resolve 'x' [A(1)]"),
                "its host name cannot be resolved: correct it in --redis, or see /etc/hosts and DNS");
        assertReason(
                new FileNotFoundException(),
                "there is no such file; correct the path in --redis, or unixsocket in redis.conf");
        assertReason(
                new ConnectException("connect(..) failed with error(-13): Permission denied: /run/redis.sock"),
                "this user may not open it; set unixsocketperm in redis.conf, or add the user to the group of the socket");
        assertReason(
                new NotSslRecordException("not an SSL/TLS record: 2d45"),
                "it does not speak TLS: use redis:// in --redis, or its TLS port");
        assertReason(
                new RedisException("Invalid first byte: 72 (H) at buffer index 1 decoding using null"),
                "something else than Redis answers there");
        assertReason(new IllegalStateException((String) null), "no reason is known; --log-level debug shows more");
    }

    @Test
    void shouldSayWhatIsWrongWithACertificate() {
        assertReason(
                new SSLHandshakeException("PKIX path validation failed") {
                    private static final long serialVersionUID = 1L;

                    @Override
                    public synchronized Throwable getCause() {
                        return new CertificateExpiredException("NotAfter: Sun Nov 29 2026");
                    }
                },
                "its certificate is not accepted: it has expired (NotAfter: Sun Nov 29 2026)");
        assertCertificate(
                "unable to find valid certification path to requested target",
                "no authority that the gateway trusts has signed it; see --redis-tls-ca (%s)");
        assertCertificate(
                "Path does not chain with any of the trust anchors",
                "no authority that the gateway trusts has signed it; see --redis-tls-ca (%s)");
        assertCertificate(
                "No name matching redis.example found",
                "it is for another host; give the host that it names in" + " --redis, or --redis-tls-verify ca (%s)");
        for (String other : new String[] {
            "Algorithm constraints check failed on keysize limits: RSA 1024 bit key used",
            "Extended key usage does not permit use for TLS server authentication",
            "Certificate has been revoked, reason: KEY_COMPROMISE"
        }) {
            assertCertificate(other, "Java refuses it (%s)");
        }
    }

    private static void assertCertificate(String text, String said) {
        SSLHandshakeException failure = new SSLHandshakeException("PKIX path validation failed");
        failure.initCause(new CertificateException(text));
        assertReason(failure, "its certificate is not accepted: " + String.format(said, text));
    }

    @ParameterizedTest
    @CsvSource({
        "NOAUTH Authentication required., give one in --redis",
        "WRONGPASS invalid username-password pair or user is disabled., the password in --redis is wrong",
        "ERR DB index is out of range, names a database that it does not have",
        "ERR max number of clients reached, raise its maxclients",
        "LOADING Redis is loading the dataset in memory, it has just started",
        "MASTERDOWN Link with MASTER is down, a replica that has lost its master",
        "CLUSTERDOWN The cluster is down, a part of the cluster is away",
        "MOVED 6257 10.0.0.6:6379, another node serves the channel",
    })
    void shouldKeepTheWordsOfRedisAndAddWhatToDo(String error, String hint) {
        assertThat(RedisFailure.reason(new RedisCommandExecutionException(error)))
                .contains(hint)
                .endsWith(" (" + error + ')');
    }

    @Test
    void shouldShortenTheAdviceOfProtectedMode() {
        assertReason(
                new RedisCommandExecutionException("DENIED Redis is running in protected mode because ..."),
                "DENIED by its protected mode: give it a password, or switch that mode off");
    }

    @Test
    void shouldNameEachNodeOfAClusterWithoutItsPassword() {
        String message = """
                Cannot retrieve cluster partitions from [redis://app:secret@10.0.0.5:6379?timeout=1s]

                Details:
                \t[redis://app:secret@10.0.0.5:6379?timeout=1s]: NOAUTH Authentication required.
                \t[redis://10.0.0.6:6379?timeout=1s]: Connection refused: /10.0.0.6:6379
                \t[redis://10.0.0.7:6379?timeout=1s]: Connection refused: /10.0.0.7:6379
                """;
        assertReason(
                new RedisException(message),
                "10.0.0.5:6379: it asks for a password: give one in --redis (NOAUTH Authentication required.);"
                        + " 10.0.0.6:6379, 10.0.0.7:6379: nothing accepts connections there: is Redis started, and is the"
                        + " address right?");
    }

    @Test
    void shouldExplainWhatStandsBehindTheWordsOfTheLibraryForEachNode() {
        assertReason(
                new RedisException("Details: [rediss://h:1]: Unable to connect to [h/<unresolved>:1]: WRONGPASS no"
                        + " [rediss://h:2]: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException:"
                        + " unable to find valid certification path to requested target"
                        + " [rediss://h:3]: No subject alternative names present"),
                "h:1: the user or the password in --redis is wrong, or the user is switched off (WRONGPASS no);"
                        + " h:2: no authority that the gateway trusts has signed its certificate; see --redis-tls-ca;"
                        + " h:3: its certificate is for another host; give the host that it names in --redis, or"
                        + " --redis-tls-verify ca");
    }

    @Test
    void shouldLeaveOutTheNodesThatNameNoCauseWhereOthersNameOne() {
        assertReason(
                new RedisException("Details: [redis://10.0.0.5:6379]: Connection closed prematurely"
                        + " [redis://10.0.0.6:6379]: NOAUTH no"),
                "10.0.0.6:6379: it asks for a password: give one in --redis (NOAUTH no)");
    }
}
