package dev.hibiki.gateway.event;

import static dev.hibiki.gateway.event.Parsers.parser;
import static dev.hibiki.gateway.event.Parsers.rejected;
import static dev.hibiki.gateway.event.Parsers.text;
import static dev.hibiki.gateway.event.Parsers.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LikelyEncodingTest {
    private static final String EVENT = "{\"event\":\"new_trending\",\"title\":\"%s\"}";

    private static final String ANY =
            ": publish UTF-8, in PHP with mb_convert_encoding($text, 'UTF-8', ENCODING), such as SJIS-win,"
                    + " eucJP-win, UHC, CP936, BIG-5 or Windows-1252";

    private static byte[] bom(byte[] text) {
        byte[] marked = Arrays.copyOf(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF}, 3 + text.length);
        System.arraycopy(text, 0, marked, 3, text.length);
        return marked;
    }

    @Test
    void shouldRemoveOneByteOrderMark() throws Exception {
        byte[] event = utf8("{\"title\":\"新しい動画\",\"id\":\"7\"}");

        assertThat(parser().parse(bom(event)).json()).isEqualTo(event);
        assertThat(text(parser().parseBatch(bom(utf8("[{\"id\":1},{\"id\":2}]")))
                        .get(1)))
                .isEqualTo("{\"id\":2,\"title\":\"\"}");
        assertThat(new ContentIds().of("ch", bom(event))).isEqualTo(new ContentIds().of("ch", event));
        assertThat(rejected(parser(), bom(bom(event))))
                .message()
                .startsWith("a byte order mark (U+FEFF) at byte 3 (expected: ");
        assertThat(rejected(parser(), bom(utf8("{\"a\":x}")))).message().startsWith("the word x at byte 8 ");
    }

    @ParameterizedTest
    @CsvSource({
        "新しい動画が急上昇中です, windows-31j, Shift_JIS, SJIS-win",
        "【公式】アニメ主題歌ライブ映像, windows-31j, Shift_JIS, SJIS-win",
        "新しい動画が急上昇中です, EUC-JP, EUC-JP, eucJP-win",
        "日本の夏の音楽フェス, EUC-JP, EUC-JP, eucJP-win",
        "새로운 인기 동영상이 올라왔습니다, EUC-KR, EUC-KR, UHC",
        "오늘의 뮤직비디오, x-windows-949, EUC-KR, UHC",
        "最新热门视频上线了, GBK, GBK, CP936",
        "我和我的祖国 官方音乐, GBK, GBK, CP936",
        "最新熱門影片上線了, Big5, Big5, BIG-5",
        "我們的故事 官方音樂, Big5, Big5, BIG-5",
        "Vidéo à la une : l'été déjà, windows-1252, Windows-1252, Windows-1252",
        "Die schönsten Straßen für Läufer, windows-1252, Windows-1252, Windows-1252",
        "It’s new – a video, windows-1252, Windows-1252, Windows-1252",
        "caf\u00e9, windows-1252, Windows-1252, Windows-1252",
    })
    void shouldNameTheEncodingAndTheRemedy(String title, String charset, String name, String php) {
        RejectedEventException e = rejected(
                parser(), EVENT.formatted(title.replace("\\u00e9", "é")).getBytes(Charset.forName(charset)));

        assertThat(e.rejection()).isEqualTo(Rejection.INVALID_UTF8);
        assertThat(e)
                .message()
                .matches("not UTF-8 at byte \\d+, probably .*")
                .endsWith("probably " + name + ": publish UTF-8, in PHP with mb_convert_encoding($text, 'UTF-8', '"
                        + php + "')");
    }

    @Test
    void shouldNameTheEncodingOfVietnamese() {
        // As Windows writes it: the marks of tones are characters of their own.
        String title = "Ti\u00ea\u0301ng Vi\u00ea\u0323t mo\u031b\u0301i nh\u00e2\u0301t".replace("o\u031b", "ơ");

        assertThat(rejected(parser(), EVENT.formatted(title).getBytes(Charset.forName("windows-1258"))))
                .message()
                .endsWith("probably Windows-1258: publish UTF-8, in PHP with iconv('CP1258', 'UTF-8', $text)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UTF-16LE",
                "UTF-16BE",
                "x-UTF-16LE-BOM",
                "UTF-16",
                "UTF-32LE",
                "UTF-32BE",
                "X-UTF-32LE-BOM",
                "X-UTF-32BE-BOM"
            })
    void shouldNameUtf16AndUtf32WithAndWithoutAMark(String charset) {
        for (String title : new String[] {"新しい動画", "plain", "été 🎬"}) {
            RejectedEventException e = rejected(parser(), EVENT.formatted(title).getBytes(Charset.forName(charset)));

            String name = (charset.contains("32") ? "UTF-32" : "UTF-16") + (charset.contains("LE") ? "LE" : "BE");
            assertThat(e.rejection()).isEqualTo(Rejection.INVALID_UTF8);
            assertThat(e)
                    .message()
                    .matches("not UTF-8 at byte [01], probably " + name + ": .*")
                    .endsWith("mb_convert_encoding($text, 'UTF-8', '" + name + "')");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"新しい動画", "새로운 동영상", "最新热门视频", "Video mới nhất hôm nay", "🎬🎬"})
    void shouldSayWhereACharacterIsCutOff(String title) {
        byte[] whole = utf8("{\"title\":\"" + title);
        int last = whole.length
                - title.substring(title.offsetByCodePoints(title.length(), -1)).getBytes(StandardCharsets.UTF_8).length;

        if (whole.length - last > 1) {
            assertThat(rejected(parser(), Arrays.copyOf(whole, whole.length - 1)))
                    .hasMessage("the text ends in the middle of a character, at byte " + last
                            + ": publish all of its bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"新しい動画", "새로운 동영상", "最新热门视频", "Những video mới nhất hôm nay", "🎬🎬"})
    void shouldClaimNothingOfUtf8WithAWrongByte(String title) {
        for (int wrong : new int[] {0x80, 0xC0, 0xE9, 0xFF}) {
            byte[] event = utf8(EVENT.formatted(title + "?" + title));
            for (int i = 0; i < event.length; i++) {
                if (event[i] == '?') {
                    event[i] = (byte) wrong;
                }
            }

            assertThat(rejected(parser(), event))
                    .message()
                    .startsWith("not UTF-8 at byte ")
                    .endsWith(", although other characters are: find what changes or cuts this text");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "1f8b0800 | this is gzip: publish it without compression",
                "28b52ffd | this is Zstandard: publish it without compression",
                "0000000214 | this is PHP's igbinary: publish the result of json_encode(), without Redis::OPT_SERIALIZER",
                "7b80ffff7d | not UTF-8 at byte 1" + ANY,
                "ff | not UTF-8 at byte 0" + ANY
            })
    void shouldNameWhatIsNoText(String hex, String expected) {
        RejectedEventException e = rejected(parser(), HexFormat.of().parseHex(hex));

        assertThat(e.rejection()).isEqualTo(Rejection.INVALID_UTF8);
        assertThat(e).hasMessage(expected);
    }

    @ParameterizedTest
    @CsvSource({"新しい動画, ISO-2022-JP", "ｱﾆﾒ, x-windows-iso2022jp", "새로운 동영상, ISO-2022-KR"})
    void shouldNameAnEncodingWithEscapeSequences(String title, String charset) {
        RejectedEventException e = rejected(parser(), EVENT.formatted(title).getBytes(Charset.forName(charset)));

        String name = charset.endsWith("KR") ? "ISO-2022-KR" : "ISO-2022-JP";
        assertThat(e.rejection()).isEqualTo(Rejection.INVALID_UTF8);
        assertThat(e)
                .hasMessage("not UTF-8 at byte 33, probably " + name
                        + ": publish UTF-8, in PHP with mb_convert_encoding($text, 'UTF-8', '" + name + "')");
    }

    /** As iconv writes it: the sequence comes first. */
    @Test
    void shouldNameKoreanWithItsEscapeSequenceAtTheBeginning() {
        assertThat(rejected(parser(), "\u001b$)C{\"a\":\"\u000e;u\u000f\"}"))
                .message()
                .startsWith("not UTF-8 at byte 0, probably ISO-2022-KR: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u001b", "\u001b[31mred", "\u001b$"})
    void shouldClaimNoEncodingOfOtherEscapes(String title) {
        RejectedEventException e = rejected(parser(), EVENT.formatted(title));

        assertThat(e.rejection()).isEqualTo(Rejection.NOT_JSON);
        assertThat(e).message().startsWith("a control character (U+001B) in a text at byte 33 ");
    }

    /** Only the surroundings of the fault are looked at, wherever it is. */
    @Test
    void shouldNameTheEncodingInALongEvent() {
        String filler = "x ".repeat(10_000);
        byte[] event = EVENT.formatted(filler + "新しい動画が急上昇中です" + filler).getBytes(Charset.forName("windows-31j"));

        assertThat(rejected(parser(), event)).message().contains(", probably Shift_JIS: ");
    }
}
