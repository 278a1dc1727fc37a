package dev.hibiki.gateway.event;

import static dev.hibiki.gateway.event.Parsers.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** An id that is made from the content is the same wherever it is made. */
class ContentIdsTest {
    private final ContentIds ids = new ContentIds();

    /** Computed by another program: {@code printf 'ch\0{"n":1}' | openssl sha256 -binary | head -c 8 | basenc --base64url}. */
    @Test
    void shouldBeTheFirst64BitsOfSha256AsBase64Url() {
        assertThat(ids.of("ch", utf8("{\"n\":1}"))).isEqualTo("zNVp1-ClhQM");
        assertThat(ids.of("動画:jp", utf8("{\"title\":\"新\"}"))).isEqualTo("ZX_OsOsnCuM");
        assertThat(ids.of("ch", utf8(""))).hasSize(11).matches("[A-Za-z0-9_-]+");
    }

    @Test
    void shouldDependOnTheChannelAndOnEachByteAndOnNothingElse() {
        String id = ids.of("ch", utf8("{\"n\":1}"));

        assertThat(ids.of("ch", utf8("{\"n\":1}"))).isEqualTo(id);
        assertThat(new ContentIds().of("ch", utf8("{\"n\":1}"))).isEqualTo(id);
        assertThat(ids.of("ch", utf8("{\"n\": 1}"))).isNotEqualTo(id);
        assertThat(ids.of("hc", utf8("{\"n\":1}"))).isNotEqualTo(id);
        assertThat(ids.of("c", utf8("h{\"n\":1}"))).isNotEqualTo(id);
    }
}
