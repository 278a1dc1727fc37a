package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.config.ConfigLoader;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import dev.hibiki.gateway.runtime.CidrSet;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForwardedForTest {
    private static final String PROXIES = "10.0.0.0/8,fd00::/8";

    private static CidrSet trusted() throws ConfigException {
        return Objects.requireNonNull(
                        new ConfigLoader("v", Map.of(), Plugins.builtIn().sources())
                                .load("--trusted-proxy", PROXIES)
                                .config())
                .edge()
                .trustedProxies();
    }

    private static String clientOf(String nearest, String... lines) throws Exception {
        HttpHeaders headers = new DefaultHttpHeaders();
        for (String line : lines) {
            headers.add("X-Forwarded-For", line);
        }
        return new ForwardedFor(trusted())
                .clientOf(InetAddress.getByName(nearest), headers)
                .getHostAddress();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10.0.0.1 | 203.0.113.7 | 203.0.113.7",
                "10.0.0.1 | 198.51.100.1, 203.0.113.7 | 203.0.113.7",
                "10.0.0.1 | 198.51.100.1, 203.0.113.7, 10.0.0.2 | 203.0.113.7",
                "10.0.0.1 | 203.0.113.7,10.0.0.3 ,10.0.0.2 | 203.0.113.7",
                "10.0.0.1 | 2001:db8::7 | 2001:db8:0:0:0:0:0:7",
                "fd00::1 | [2001:db8::7]:443 | 2001:db8:0:0:0:0:0:7",
                "10.0.0.1 | 203.0.113.7:50000 | 203.0.113.7",
                "10.0.0.1 | 10.0.0.9 | 10.0.0.9"
            })
    void shouldUseTheRightmostUntrustedAddress(String nearest, String header, String client) throws Exception {
        assertThat(clientOf(nearest, header)).isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"unknown", "''", "203.0.113.7, unknown", "203.0.113.7,", "_hidden", "1.2.3", "localhost"})
    void shouldStopAtAnInvalidAddress(String header) throws Exception {
        assertThat(clientOf("10.0.0.1", header)).isEqualTo("10.0.0.1");
    }

    @Test
    void shouldIgnoreAddressesThatTheClientAddedItself() throws Exception {
        assertThat(clientOf("203.0.113.7", "198.51.100.1")).isEqualTo("203.0.113.7");
        assertThat(clientOf("203.0.113.7", "10.0.0.1")).isEqualTo("203.0.113.7");
    }

    @Test
    void shouldReadSeveralHeadersAsOne() throws Exception {
        assertThat(clientOf("10.0.0.1", "198.51.100.1", "203.0.113.7, 10.0.0.3", "10.0.0.2"))
                .isEqualTo("203.0.113.7");
    }

    @Test
    void shouldNotResolveNames() throws UnknownHostException, Exception {
        assertThat(clientOf("10.0.0.1", "x".repeat(10_000))).isEqualTo("10.0.0.1");
    }
}
