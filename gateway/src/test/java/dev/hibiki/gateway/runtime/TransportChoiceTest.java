package dev.hibiki.gateway.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TransportChoiceTest {
    @Test
    void shouldChooseTheFirstTransportThatWorks() {
        Transport first = Arrays.stream(Transport.values())
                .filter(transport -> transport.unavailability() == null)
                .findFirst()
                .orElseThrow();

        assertThat(TransportChoice.AUTO.resolve()).isEqualTo(first);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void shouldChooseTheConfiguredTransportOrSayWhyItIsUnavailable(Transport transport) {
        TransportChoice choice = TransportChoice.valueOf(transport.name());

        assertThat(choice.optionName()).isEqualTo(transport.optionName());
        if (transport.unavailability() == null) {
            assertThat(choice.resolve()).isEqualTo(transport);
        } else {
            assertThatThrownBy(choice::resolve)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("--transport " + choice.optionName() + " is not available here: ");
        }
    }

    @Test
    void shouldAlwaysHaveNio() {
        assertThat(TransportChoice.NIO.resolve()).isEqualTo(Transport.NIO);
    }
}
