package dev.hibiki.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeflateTermsTest {
    private static final String ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    private static @Nullable DeflateTerms terms(String... lines) throws Exception {
        return DeflateTerms.accept(ExtensionOffer.parse(List.of(lines)));
    }

    private static String answer(String... lines) throws Exception {
        DeflateTerms terms = terms(lines);
        return terms == null ? "none" : terms.answer();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "permessage-deflate",
                "permessage-deflate; client_max_window_bits",
                "permessage-deflate; client_max_window_bits=8",
                "permessage-deflate; client_max_window_bits=\"15\"; server_no_context_takeover",
                "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
                "x-webkit-deflate-frame, permessage-bzip2; a=\"b\", permessage-deflate",
            })
    void shouldGiveTheSameAnswerToEveryValidOffer(String offer) throws Exception {
        assertThat(terms(offer)).isEqualTo(new DeflateTerms(15, false));
        assertThat(answer(offer)).isEqualTo(ANSWER);
    }

    @ParameterizedTest
    @CsvSource({"12, 12", "13, 12", "14, 12", "15, 15"})
    void shouldServeTwoSizesOfWindow(int offered, int bits) throws Exception {
        for (String value : List.of(offered + "", "\"" + offered + '"')) {
            String offer = "permessage-deflate; client_max_window_bits; server_max_window_bits=" + value;
            assertThat(terms(offer)).isEqualTo(new DeflateTerms(bits, true));
            assertThat(answer(offer)).isEqualTo(ANSWER + "; server_max_window_bits=" + bits);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server_max_window_bits",
                "server_max_window_bits=7",
                "server_max_window_bits=8",
                "server_max_window_bits=9",
                "server_max_window_bits=10",
                "server_max_window_bits=11",
                "server_max_window_bits=\"11\"",
                "server_max_window_bits=16",
                "server_max_window_bits=08",
                "server_max_window_bits=+8",
                "server_max_window_bits=10.0",
                "server_max_window_bits=99999999999",
                "server_max_window_bits=ten",
                "server_max_window_bits=012",
                "server_max_window_bits=12; server_max_window_bits=12",
                "client_max_window_bits=7",
                "client_max_window_bits=016",
                "client_max_window_bits; client_max_window_bits=10",
                "server_no_context_takeover=true",
                "server_no_context_takeover; server_no_context_takeover",
                "client_no_context_takeover=1",
                "client_no_context_takeover; client_no_context_takeover",
                "Server_no_context_takeover",
                "unknown",
            })
    void shouldDeclineAnInvalidOfferAndAcceptTheNext(String parameters) throws Exception {
        String offer = "permessage-deflate; " + parameters;

        assertThat(answer(offer)).isEqualTo("none");
        assertThat(answer(offer + ", permessage-deflate; server_max_window_bits=13"))
                .isEqualTo(ANSWER + "; server_max_window_bits=12");
        assertThat(answer(offer, "permessage-deflate")).isEqualTo(ANSWER);
    }

    @ParameterizedTest
    @CsvSource({
        "12, 'permessage-deflate; server_max_window_bits=12, permessage-deflate'",
        "15, 'permessage-deflate; server_max_window_bits=11, permessage-deflate'",
        "15, 'permessage-deflate, permessage-deflate; server_max_window_bits=12'",
    })
    void shouldAcceptTheFirstValidOffer(int bits, String offers) throws Exception {
        assertThat(terms(offers)).extracting(DeflateTerms::windowBits).isEqualTo(bits);
    }

    @Test
    void shouldAcceptNothingWithoutASuitableOffer() throws Exception {
        assertThat(terms()).isNull();
        assertThat(terms("")).isNull();
        assertThat(terms("permessage-bzip2", "x-webkit-deflate-frame")).isNull();
    }
}
