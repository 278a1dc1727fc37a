package dev.hibiki.gateway.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hibiki.gateway.config.ConfigLoader;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrSetTest {
    private static CidrSet of(String... networks) {
        return new CidrSet(Arrays.stream(networks).map(CidrSet.Network::parse).toList());
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.0.0.0/8, ::10.0.0.1, false",
        "192.0.2.128/25, 192.0.2.128, true",
        "192.0.2.128/25, 192.0.2.127, false",
        "192.0.2.7, 192.0.2.7, true",
        "192.0.2.7, 192.0.2.6, false",
        "0.0.0.0/0, 203.0.113.9, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "::1, ::1, true",
        "10.0.0.0/8, ::ffff:10.1.2.3, true"
    })
    void shouldContainAddressesWithItsPrefix(String network, String address, boolean contained)
            throws UnknownHostException {
        assertThat(of(network).contains(InetAddress.getByName(address))).isEqualTo(contained);
    }

    @Test
    void shouldContainTheAddressesOfEachNetwork() throws UnknownHostException {
        CidrSet networks = of("10.0.0.0/8", "fd00::/8");

        assertThat(networks.contains(InetAddress.getByName("10.1.1.1"))).isTrue();
        assertThat(networks.contains(InetAddress.getByName("fd00::1"))).isTrue();
        assertThat(networks.contains(InetAddress.getByName("192.0.2.1"))).isFalse();
        assertThat(CidrSet.NONE.contains(InetAddress.getByName("10.1.1.1"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/",
                "10.0.0.0/x",
                "10.0.0.1/8",
                "10.0.0/8",
                "fd00::1/8",
                "::/129",
                "10.0.0.0/8/8"
            })
    void shouldRefuseInvalidNetworks(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> CidrSet.Network.parse(text));
    }

    @Test
    void shouldShowTheFormatOfANetworkInTheError() {
        assertThat(catchThrowableOfType(
                                ConfigException.class,
                                () -> new ConfigLoader(
                                                "v", Map.of(), Plugins.builtIn().sources())
                                        .load("--trusted-proxy", "proxy.local"))
                        .getMessage())
                .isEqualTo(
                        "--trusted-proxy: \"proxy.local\", from flag --trusted-proxy (expected: addresses, or networks"
                                + " such as 10.0.0.0/8 or fd00::/8 without further bits)");
    }

    @Test
    void shouldReadANetworkFromEachRepeatedFlag() throws ConfigException {
        GatewayConfig config = Objects.requireNonNull(
                new ConfigLoader("v", Map.of(), Plugins.builtIn().sources())
                        .load("--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "::1")
                        .config());

        assertThat(config.edge().trustedProxies())
                .isEqualTo(new CidrSet(List.of(CidrSet.Network.parse("10.0.0.0/8"), CidrSet.Network.parse("::1"))));
    }

    @Test
    void shouldReadAMappedRangeAsOneOfIpv4() {
        CidrSet mapped = new CidrSet(List.of(CidrSet.Network.parse("::ffff:10.0.0.0/104")));

        assertThat(mapped.contains(Objects.requireNonNull(ClientAddress.parse("10.1.2.3"))))
                .isTrue();
        assertThat(mapped.contains(Objects.requireNonNull(ClientAddress.parse("11.1.2.3"))))
                .isFalse();
        assertThat(mapped.contains(Objects.requireNonNull(ClientAddress.parse("::1"))))
                .isFalse();
        assertThat(CidrSet.Network.parse("::ffff:0:0/96")).isEqualTo(CidrSet.Network.parse("0.0.0.0/0"));
    }
}
