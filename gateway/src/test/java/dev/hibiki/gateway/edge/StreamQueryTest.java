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
        "/?last_id=%zz&last_id=$1, '|$1'",
        "/?last_id=a%5Cb;last_id=%4, 'a\\b|'",
        "/?last_id, ''"
    })
    void shouldReadAMalformedIdAsAnEmptyOne(String uri, String ids) {
        StreamQuery query = query(uri + (uri.endsWith("last_id") ? "" : "&region=J%50&token=t"));

        assertThat(query.lastIds()).containsExactly(ids.split("\\|", -1));
        if (!uri.endsWith("last_id")) {
            assertThat(query.all("region")).containsExactly("JP");
            assertThat(query.all("token")).containsExactly("t");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/?region=%zz", "/?last_id=%zz&region=%zz", "/?my_last_id=%zz", "/?region=last_id=%zz"})
    void shouldRefuseOtherMalformedParameters(String uri) {
        assertThatThrownBy(() -> query(uri + "&token=s3cret"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a % is not followed by two hexadecimal digits (expected: %25 for a %)");
    }

    @Test
    void shouldFindNoIdsWhereThereAreNone() {
        assertThat(query("/?region=last_id").lastIds()).isNull();
        assertThat(query("/last_id=%41").lastIds()).isNull();
    }
}
