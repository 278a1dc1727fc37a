package dev.hibiki.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class TcpProxyIT {
    @Test
    void shouldForwardBothWaysUntilACutAndThenLeadToAnotherServer() throws IOException {
        try (RedisFixture first = RedisFixture.start();
                RedisFixture second = RedisFixture.start();
                TcpProxy proxy = TcpProxy.to(first.port())) {
            first.cli("SET", "who", "first");
            second.cli("SET", "who", "second");
            try (Socket early = connect(proxy)) {
                assertThat(ask(early)).isEqualTo("$5\r\nfirst\r\n");
                proxy.leadTo(second.port());
                assertThat(ask(early)).isEqualTo("$5\r\nfirst\r\n");
                try (Socket late = connect(proxy)) {
                    assertThat(ask(late)).isEqualTo("$6\r\nsecond\r\n");
                }
                proxy.cut();
                assertThatThrownBy(() -> ask(early)).isInstanceOf(IOException.class);
            }
            second.stop();
            try (Socket lost = connect(proxy)) {
                assertThatThrownBy(() -> ask(lost)).isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void shouldHoldAnswersBackUntilItReleasesThem() throws IOException {
        try (RedisFixture redis = RedisFixture.start();
                TcpProxy proxy = TcpProxy.to(redis.port());
                Socket client = connect(proxy)) {
            proxy.hold();
            client.getOutputStream().write("SET who me\r\n".getBytes(UTF_8));
            Deadline.in(Duration.ofSeconds(20))
                    .awaitUntil(
                            () -> "the command is done",
                            () -> redis.cli("GET", "who").equals("me"));
            assertThat(client.getInputStream().available()).isZero();
            proxy.release();
            assertThat(new String(client.getInputStream().readNBytes(5), UTF_8)).isEqualTo("+OK\r\n");
        }
    }

    private static Socket connect(TcpProxy proxy) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    }

    private static String ask(Socket socket) throws IOException {
        socket.getOutputStream().write("GET who\r\n".getBytes(UTF_8));
        StringBuilder answer = new StringBuilder();
        while (!answer.toString().matches("(?s).*\\r\n.*\r\n")) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("ended after " + answer);
            }
            answer.append((char) next);
        }
        return answer.toString();
    }
}
