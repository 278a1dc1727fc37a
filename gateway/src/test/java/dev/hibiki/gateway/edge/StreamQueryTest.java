package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamQueryTest {
    private static StreamQuery query(String uri) {
        return StreamQuery.of(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, uri));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "/?last_id=a, a",
                "/?last_id=a&region=JP&last_id=b, a|b",
                "/?last_id=%20a+%20, ~ a  ~",
                "/?last_id=%E6%96%B0, 新",
                "/?last_id=9007199254741011, 9007199254741011",
                "/?last_id=1E%2B5, 1E+5",
                "/?lastEventId=a, a",
                "/?last_id=a&lastEventId=b, b",
                "/?lastEventId=b&last_id=a, b"
            })
    void shouldReadTheLastIds(String uri, String ids) {
        assertThat(query(uri).lastIds()).containsExactly(ids.split("\\|"));
    }

    @ParameterizedTest
    @CsvSource({
        "/?last_id=%zz, ''",
        "/?last_id=%, ''",
        "/?last_id=50%25%, ''",
        "/?lastEventId=%zz, ''",
        "/?last_id=%ff, ''",
        "/?last_id=%zz&last_id=$1, '|$1'",
        "/?last_id=a%5Cb;last_id=%4, 'a\\b|'",
        "/?last_id, ''"
    })
    void shouldReadAMalformedIdAsAnEmptyOne(String uri, String ids) throws RefusedException {
        StreamQuery query = query(uri + (uri.endsWith("last_id") ? "" : "&region=J%50&token=t"));

        assertThat(query.lastIds()).containsExactly(ids.split("\\|", -1));
        if (!uri.endsWith("last_id")) {
            assertThat(query.all("region")).containsExactly("JP");
            assertThat(query.all("token")).containsExactly("t");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "%zz|a % is not followed by two hexadecimal digits (expected: %25 for a %)",
                "%|a % is not followed by two hexadecimal digits (expected: %25 for a %)",
                "50%&region=JP|a % is not followed by two hexadecimal digits (expected: %25 for a %)",
                "JP&region=%4|a % is not followed by two hexadecimal digits (expected: %25 for a %)",
                "%2zJP|a % is not followed by two hexadecimal digits (expected: %25 for a %)",
                "%93%fa|its percent codes are not UTF-8 (expected: percent codes of UTF-8, such as %E5%8B%95 for \u52d5)",
                "%E5%8B|its percent codes are not UTF-8 (expected: percent codes of UTF-8, such as %E5%8B%95 for \u52d5)"
            })
    void shouldNameAKnownParameterThatCannotBeDecodedAndNotItsValue(String value, String problem) {
        StreamQuery query = query("/?a=b&region=" + value + "&token=s3cret");

        assertThatThrownBy(() -> query.all("region"))
                .isInstanceOf(RefusedException.class)
                .hasMessage("the parameter region cannot be decoded: " + problem);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "utm_campaign=50%off",
                "t=%",
                "%zz=1",
                "%",
                "my_last_id=%zz",
                "a=region=%zz",
                "x=%ff",
                "=%",
                "&;&"
            })
    void shouldReadTheOthersWhateverAnUnknownParameterHolds(String unknown) throws RefusedException {
        StreamQuery query = query("/sse?region=J%50&" + unknown + ";region=%E6%96%B0+x&channel");

        assertThat(query.all("region")).containsExactly("JP", "新 x");
        assertThat(query.all("channel")).containsExactly("");
        assertThat(query.all("token")).isNull();
    }

    @Test
    void shouldReadAsManyParametersAsThereAre() throws RefusedException {
        StringBuilder uri = new StringBuilder("/?");
        for (int i = 0; i < 100_000; i++) {
            uri.append('p').append(i).append("%=%&");
        }

        assertThat(query(uri + "region=JP").all("region")).containsExactly("JP");
    }

    @Test
    void shouldFindNoIdsWhereThereAreNone() {
        assertThat(query("/?region=last_id").lastIds()).isNull();
        assertThat(query("/last_id=%41").lastIds()).isNull();
    }
}
