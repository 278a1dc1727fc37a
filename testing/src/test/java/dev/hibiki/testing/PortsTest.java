package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PortsTest {
    private static final int BLOCK = 100;

    @Test
    void shouldHandOutEachPortOnceAndOnlyBelowTheEphemeralRange() {
        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            assertThat(ports.add(Ports.free())).isTrue();
        }
        assertThat(ports).allMatch(port -> port >= 10_000 && port <= 19_999);
    }

    @Test
    void shouldSkipAPortInUse() throws Exception {
        int next = Ports.free() + 1;
        try (ServerSocket taken = new ServerSocket(next)) {
            assertThat(Ports.free()).isNotEqualTo(taken.getLocalPort());
        }
    }

    @Test
    void shouldTakePortsFromABlockThatNoOtherJvmCanClaim() {
        for (int i = 0; i < 2 * BLOCK; i++) {
            int first = Ports.free() / BLOCK * BLOCK;
            assertThatThrownBy(() -> new ServerSocket(first, 1, InetAddress.getLoopbackAddress()))
                    .isInstanceOf(BindException.class);
        }
    }

    @Test
    void shouldNotUseABlockOfAnotherJvm() throws Exception {
        int theirs = (Ports.free() / BLOCK + 1) * BLOCK;
        theirs = theirs < 20_000 ? theirs : 10_000;
        ServerSocket claim = new ServerSocket();
        try {
            claim.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), theirs));
        } catch (BindException claimedByAnotherAlready) {
            // The block is claimed by another JVM, which serves this test as well.
        }
        try (claim) {
            for (int i = 0; i < 2 * BLOCK; i++) {
                assertThat(Ports.free() / BLOCK * BLOCK).isNotEqualTo(theirs);
            }
        }
    }
}
