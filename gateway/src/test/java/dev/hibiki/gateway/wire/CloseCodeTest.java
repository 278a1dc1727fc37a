package dev.hibiki.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CloseCodeTest {
    @ParameterizedTest
    @EnumSource(CloseCode.class)
    void shouldTellByItsPrivateRangeWhetherAClientMayReconnect(CloseCode code) {
        assertThat(code.code())
                .satisfiesAnyOf(
                        standard -> assertThat(standard).isBetween(1000, 1015),
                        own -> assertThat(own).isBetween(4000, 4199));
        if (code.code() >= 4000) {
            assertThat(code.mayReconnect()).isEqualTo(code.code() >= 4100);
        }
    }

    @ParameterizedTest
    @EnumSource(CloseCode.class)
    void shouldHaveAReasonThatFitsACloseFrame(CloseCode code) {
        assertThat(code.reason()).isNotBlank().hasSizeLessThanOrEqualTo(123).isASCII();
    }

    @Test
    void shouldBeUniqueAndNotReserved() {
        assertThat(Arrays.stream(CloseCode.values()).map(CloseCode::code))
                .doesNotHaveDuplicates()
                .doesNotContain(1004, 1005, 1006, 1015);
    }

    @Test
    void shouldAllowReconnectsAfterALagAndARestart() {
        assertThat(CloseCode.LAGGED.code()).isEqualTo(4100);
        assertThat(CloseCode.GOING_AWAY.code()).isEqualTo(1001);
        assertThat(CloseCode.GOING_AWAY.mayReconnect()).isTrue();
        assertThat(CloseCode.RESTARTING.code()).isEqualTo(1012);
        assertThat(CloseCode.RESTARTING.mayReconnect()).isTrue();
        assertThat(CloseCode.PROTOCOL_ERROR.mayReconnect()).isFalse();
    }
}
