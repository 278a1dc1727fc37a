package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PortsTest {
    @Test
    void shouldHandOutEachPortOnceAndOnlyBelowTheEphemeralRange() {
        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            assertThat(ports.add(Ports.free())).isTrue();
        }
        assertThat(ports).allMatch(port -> port >= 10_000 && port <= 19_999);
    }

    @Test
    void shouldSkipAPortThatIsListenedOn() throws Exception {
        int next = Ports.free() + 1;
        try (ServerSocket taken = new ServerSocket(next)) {
            assertThat(Ports.free()).isNotEqualTo(taken.getLocalPort());
        }
    }
}
