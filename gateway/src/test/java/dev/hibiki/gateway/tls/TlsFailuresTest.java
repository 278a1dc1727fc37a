package dev.hibiki.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsFailuresTest {
    /** Messages of the JDK and of OpenSSL. */
    @ParameterizedTest
    @CsvSource({
        "Received fatal alert: certificate_unknown, alert",
        "error:10000416:SSL routines:OPENSSL_internal:SSLV3_ALERT_CERTIFICATE_UNKNOWN, alert",
        "no cipher suites in common, cipher",
        "error:100000b8:SSL routines:OPENSSL_internal:NO_SHARED_CIPHER, cipher",
        "error:100000f3:SSL routines:OPENSSL_internal:WRONG_CURVE, cipher",
        "Tag mismatch!, other",
        "error:1e000065:Cipher functions:OPENSSL_internal:BAD_DECRYPT, other",
        "Client requested protocol TLSv1.1 is not enabled or supported in server context, version",
        "error:100000f0:SSL routines:OPENSSL_internal:UNSUPPORTED_PROTOCOL, version",
        "Unexpected handshake message, other"
    })
    void shouldFindTheKindOfAFailure(String message, String kind) {
        assertThat(TlsFailures.kind(new SSLHandshakeException(message))).isEqualTo(kind);
    }

    @Test
    void shouldDistinguishOtherProtocolsFromClosedConnections() {
        assertThat(TlsFailures.kind(new NotSslRecordException("x"))).isEqualTo("not_tls");
        assertThat(TlsFailures.kind(new ClosedChannelException())).isEqualTo("closed");
    }

    @Test
    void shouldLeaveThePipelineAfterTheHandshake() {
        GatewayMetrics metrics = new GatewayMetrics();
        EmbeddedChannel channel = new EmbeddedChannel(new TlsFailures(metrics));

        channel.pipeline().fireUserEventTriggered(SslHandshakeCompletionEvent.SUCCESS);

        assertThat(channel.pipeline().get(TlsFailures.class)).isNull();
        assertThat(metrics.scrape()).doesNotContain("hibiki_tls_handshake_failures");
        channel.finishAndReleaseAll();
        metrics.close();
    }
}
