package dev.hibiki.gateway.drain;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PeerShareTest {
    private static final int UNLIMITED = 1_000;

    private final PeerShare share = new PeerShare();

    private double after(Capacity now) {
        share.told(now);
        return share.perSecond(UNLIMITED);
    }

    @Test
    void shouldBeZeroForAPeerThatIsDownOrNotReady() {
        assertThat(share.perSecond(UNLIMITED)).isZero();
        assertThat(after(new Capacity(false, 100, 100, 0))).isZero();
        assertThat(after(new Capacity(true, 100, 100, 0))).isEqualTo(100);
        share.told(null);
        assertThat(share.perSecond(UNLIMITED)).isZero();
    }

    @Test
    void shouldFollowTheBudgetAndTheWeight() {
        assertThat(after(new Capacity(true, 100, 80, 0))).isEqualTo(80);
        assertThat(after(new Capacity(true, 25, 80, 0))).isEqualTo(20);
        assertThat(after(new Capacity(true, 50, 0, 0))).isEqualTo(500);
    }

    @Test
    void shouldHalveWithEachRefusalAndRecoverGradually() {
        assertThat(after(new Capacity(true, 100, 80, 7))).isEqualTo(80);
        assertThat(after(new Capacity(true, 100, 80, 8))).isEqualTo(40);
        assertThat(after(new Capacity(true, 100, 80, 90))).isEqualTo(20);
        assertThat(after(new Capacity(true, 100, 80, 90))).isEqualTo(30);
        for (int i = 0; i < 8; i++) {
            after(new Capacity(true, 100, 80, 90));
        }
        assertThat(after(new Capacity(true, 100, 80, 90))).isEqualTo(80);
    }

    @Test
    void shouldNotReachZeroThroughRefusals() {
        for (int refused = 0; refused < 100; refused++) {
            after(new Capacity(true, 100, 160, refused));
        }
        assertThat(share.perSecond(UNLIMITED)).isEqualTo(10);
        assertThat(after(new Capacity(true, 100, 160, 0)))
                .as("after a restart of the peer")
                .isEqualTo(30);
    }
}
