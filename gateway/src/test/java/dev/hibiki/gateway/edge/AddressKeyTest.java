package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class AddressKeyTest {
    private static long key(String address) throws UnknownHostException {
        return AddressKey.of(InetAddress.getByName(address));
    }

    @Test
    void shouldGiveAllAddressesOfAnIpv6Slash64OneKey() throws UnknownHostException {
        assertThat(key("2001:db8:0:1::1")).isEqualTo(key("2001:db8:0:1:ffff::2"));
        assertThat(key("2001:db8:0:1::1")).isNotEqualTo(key("2001:db8:0:2::1"));
    }

    @Test
    void shouldTellIpv4AddressesApart() throws UnknownHostException {
        assertThat(key("192.0.2.1")).isNotEqualTo(key("192.0.2.2")).isEqualTo(key("::ffff:192.0.2.1"));
        assertThat(key("255.255.255.255")).isNotEqualTo(key("0.0.0.1"));
        assertThat(key("0.0.0.1")).isNotEqualTo(key("::1"));
    }
}
