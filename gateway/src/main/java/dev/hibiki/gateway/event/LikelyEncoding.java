package dev.hibiki.gateway.event;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Guesses the encoding of a text that is not UTF-8, so that a publisher finds the fault. Stateless. It looks at a few thousand bytes,
 * and only at a text that is refused.
 *
 * <p>A guess needs two things. The bytes are valid in that encoding, and the characters are those that a language uses again and
 * again. Without both it says nothing: a wrong guess would cost more time than none.
 */
final class LikelyEncoding {
    private static final byte ESCAPE = 0x1B;
    /** To JIS X 0208 of either year, JIS X 0212, and the Roman letters and Katakana of JIS X 0201. */
    private static final Pattern SWITCH_TO_JIS = Pattern.compile("\\x1B(?:\\$[@B]|\\$\\([@BD]|\\([IJ])");

    private static final String SWITCH_TO_KOREAN = "\u001B$)C";

    private static final int BEFORE_BYTES = 2048;
    private static final int AFTER_BYTES = 4096;
    private static final int MIN_FREQUENT = 2;

    private static final String TYPOGRAPHIC = "‘’“”–—…«»°";
    private static final String KANJI = "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定"
            + "今回新場金員九入選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的"
            + "要用制治度務強気小七成期公野協取都和統以機平総加山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結"
            + "百派点教報済書府活原先共得解名交資予向際勝面委告軍文反元重近千考判認画海参売利組知案道信集件団別物引使求所次水"
            + "品昨論計死官増感特情投示変打男基私各始島直両朝革価式確村提運終挙果西勢減台広容必応演電歳住争談能無再位置企真流"
            + "音楽曲歌映像視聴急上昇人気再生公式舞台夜空夏冬春秋花火雨雪愛夢君僕";
    private static final String HANGUL = "이다는에가을를의한고하지로기사어아도대나시자인리라해일서정수그있전부것들보은과으만스상오여동제연주성장원안구공"
            + "조국비미우신유개영소모관문경방실내위선세무마교면생화중음양민반물역진발없었년월말와할계니더게회분적습새조회급상승"
            + "뮤직비디오노래영상인기트로트드라마예능최신공식";
    private static final String SIMPLIFIED = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行"
            + "所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长"
            + "把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果"
            + "加西斯月话合回特代内信表化老给世位次度门任常先海通教原东声提立比员解水名真论走义各入几口认条平系气题活更别打女变"
            + "四神总何电数安少报才结反受目太量再感建视频热门音乐歌曲直播";
    private static final String TRADITIONAL = "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行"
            + "所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長"
            + "把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果"
            + "加西斯月話合回特代內信表化老給世位次度門任常先海通教原東聲提立比員解水名真論走義各入幾口認條平系氣題活更別打女變"
            + "四神總何電數安少報才結反受目太量再感建視頻熱門音樂歌曲直播影片";

    /**
     * An encoding.
     *
     * @param charset its name in Java
     * @param php its name in PHP's mb_convert_encoding
     * @param isFrequent true for a character that its languages use often
     */
    private record Candidate(String charset, String name, String php, IntPredicate isFrequent) {}

    private static final List<Candidate> EAST_ASIAN = List.of(
            new Candidate("windows-31j", "Shift_JIS", "SJIS-win", LikelyEncoding::isJapanese),
            new Candidate("EUC-JP", "EUC-JP", "eucJP-win", LikelyEncoding::isJapanese),
            new Candidate("x-windows-949", "EUC-KR", "UHC", c -> HANGUL.indexOf(c) >= 0),
            new Candidate("GBK", "GBK", "CP936", c -> SIMPLIFIED.indexOf(c) >= 0),
            new Candidate("Big5", "Big5", "BIG-5", c -> TRADITIONAL.indexOf(c) >= 0));

    private LikelyEncoding() {}

    /**
     * Says what is wrong with bytes that are not UTF-8, and what to do.
     *
     * @param position the first byte that is wrong
     */
    static String describe(byte[] bytes, int position) {
        String known = byBeginning(bytes);
        if (known != null) {
            return known;
        }
        if (isCutOff(bytes, position)) {
            return "the text ends in the middle of a character, at byte " + position + ": publish all of its bytes";
        }
        String fault = "not UTF-8 at byte " + position;
        byte[] part = part(bytes, position);
        if (isMostlyUtf8(part)) {
            return fault + ", although other characters are: find what changes or cuts this text";
        }
        Candidate best = eastAsian(part);
        if (best != null) {
            return fault + probably(best.name(), "mb_convert_encoding($text, 'UTF-8', '" + best.php() + "')");
        }
        if (isVietnamese(part)) {
            return fault + probably("Windows-1258", "iconv('CP1258', 'UTF-8', $text)");
        }
        return isLatin(part)
                ? fault + probably("Windows-1252", "mb_convert_encoding($text, 'UTF-8', 'Windows-1252')")
                : fault
                        + ": publish UTF-8, in PHP with mb_convert_encoding($text, 'UTF-8', ENCODING), such as SJIS-win,"
                        + " eucJP-win, UHC, CP936, BIG-5 or Windows-1252";
    }

    private static String probably(String name, String inPhp) {
        return ", probably " + name + ": publish UTF-8, in PHP with " + inPhp;
    }

    /**
     * Recognises UTF-16 and UTF-32, with or without a byte order mark, and the formats in which clients of Redis compress or pack
     * values; null for all others.
     */
    static @Nullable String byBeginning(byte[] bytes) {
        int first = bytes.length < 2 ? 0 : ((bytes[0] & 0xff) << 8) | (bytes[1] & 0xff);
        int second = bytes.length < 4 ? -1 : ((bytes[2] & 0xff) << 8) | (bytes[3] & 0xff);
        if (first == 0 && (second == 0xFEFF || isJsonBeginning(second))) {
            return byName("UTF-32BE", 0);
        }
        if (first == 0xFFFE || ((first & 0xff) == 0 && isJsonBeginning(first >> 8))) {
            // No JSON has a character U+0000, so two zero bytes are no character of UTF-16.
            return byName(second == 0 ? "UTF-32LE" : "UTF-16LE", first == 0xFFFE ? 0 : 1);
        }
        if (first == 0xFEFF || (first >> 8 == 0 && isJsonBeginning(first))) {
            return byName("UTF-16BE", 0);
        }
        if (first == 0x1F8B) {
            return "this is gzip: publish it without compression";
        }
        if (first == 0x28B5) {
            return "this is Zstandard: publish it without compression";
        }
        return first == 0 && (second == 1 || second == 2)
                ? "this is PHP's igbinary: publish the result of json_encode(), without Redis::OPT_SERIALIZER"
                : null;
    }

    /**
     * Recognises an encoding of bytes below 128 by the first escape sequence that switches to it (ISO/IEC 2022); null without one. Only for
     * a text that is not JSON: in JSON an escape character (U+001B) is never bare.
     */
    static @Nullable String byEscape(byte[] bytes) {
        int at = 0;
        while (at < bytes.length && bytes[at] != ESCAPE) {
            at++;
        }
        String sequence = new String(bytes, at, Math.min(4, bytes.length - at), StandardCharsets.ISO_8859_1);
        String name = SWITCH_TO_JIS.matcher(sequence).lookingAt()
                ? "ISO-2022-JP"
                : sequence.equals(SWITCH_TO_KOREAN) ? "ISO-2022-KR" : null;
        return name == null ? null : byName(name, at);
    }

    private static boolean isJsonBeginning(int c) {
        return c > 0 && "{[\" \t\r\n".indexOf(c) >= 0;
    }

    private static String byName(String name, int position) {
        return "not UTF-8 at byte " + position + probably(name, "mb_convert_encoding($text, 'UTF-8', '" + name + "')");
    }

    /** True when the last character lacks bytes, and all bytes before it are right. */
    private static boolean isCutOff(byte[] bytes, int position) {
        int lead = bytes[position] & 0xff;
        int length = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (lead < 0xC2 || lead > 0xF4 || bytes.length - position >= length) {
            return false;
        }
        for (int i = position + 1; i < bytes.length; i++) {
            if ((bytes[i] & 0xC0) != 0x80) {
                return false;
            }
        }
        return true;
    }

    /** The bytes around the fault. It begins and ends at ASCII that is no second byte of any character. */
    private static byte[] part(byte[] bytes, int position) {
        int from = Math.max(0, position - BEFORE_BYTES);
        while (from > 0 && from < position && !isBoundary(bytes[from])) {
            from++;
        }
        int to = Math.min(bytes.length, position + AFTER_BYTES);
        while (to < bytes.length && to > position + 1 && !isBoundary(bytes[to])) {
            to--;
        }
        return Arrays.copyOfRange(bytes, from, to);
    }

    private static boolean isBoundary(byte b) {
        return b >= 0 && b < 0x30;
    }

    /** True for UTF-8 with a few wrong bytes: a file in another encoding has hardly any valid characters. */
    private static boolean isMostlyUtf8(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        long wrong = text.chars().filter(c -> c == 0xFFFD).count();
        long right = text.codePoints().filter(c -> c > 0x7f && c != 0xFFFD).count();
        return right > wrong;
    }

    private static @Nullable Candidate eastAsian(byte[] bytes) {
        Candidate best = null;
        double most = 0;
        for (Candidate candidate : EAST_ASIAN) {
            double share = frequentShare(candidate, bytes);
            if (share > most) {
                most = share;
                best = candidate;
            }
        }
        return most >= 0.3 ? best : null;
    }

    /** The part of the characters beyond ASCII that are frequent; 0 when the bytes are not valid, or too few to say. */
    private static double frequentShare(Candidate candidate, byte[] bytes) {
        String text = decode(candidate.charset(), bytes);
        if (text == null) {
            return 0;
        }
        long frequent = text.chars().filter(candidate.isFrequent()).count();
        long all = text.chars().filter(c -> c > 0x7f).count();
        return frequent < MIN_FREQUENT ? 0 : (double) frequent / all;
    }

    /** Null when the bytes are not valid, or this Java does not have the encoding. */
    private static @Nullable String decode(String charset, byte[] bytes) {
        try { // A new decoder reports what is malformed.
            return Charset.isSupported(charset)
                    ? Charset.forName(charset)
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString()
                    : null;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static boolean isJapanese(int c) {
        return (c >= 0x3041 && c <= 0x3093) || (c >= 0x30A1 && c <= 0x30FC) || KANJI.indexOf(c) >= 0;
    }

    /** Each combining mark, by which this encoding writes tones, is behind a letter that may carry it, and there is one. */
    private static boolean isVietnamese(byte[] bytes) {
        String text = decode("windows-1258", bytes);
        int marks = 0;
        for (int i = 1; text != null && i < text.length(); i++) {
            if (Character.getType(text.charAt(i)) == Character.NON_SPACING_MARK) {
                if ("aeiouyăâêôơưAEIOUYĂÂÊÔƠƯ".indexOf(text.charAt(i - 1)) < 0) {
                    return false;
                }
                marks++;
            }
        }
        return marks > 0;
    }

    /** Each character beyond ASCII is a letter in a word or a word of its own, or a typographic mark; and one is in a word. */
    private static boolean isLatin(byte[] bytes) {
        String text = decode("windows-1252", bytes);
        boolean inWord = false;
        for (int i = 0; text != null && i < text.length(); i++) {
            char c = text.charAt(i);
            boolean mark = TYPOGRAPHIC.indexOf(c) >= 0;
            if (c > 0x7f && (mark || Character.isLetter(c))) {
                boolean before = isAsciiLetter(text, i - 1);
                boolean after = isAsciiLetter(text, i + 1);
                if (!mark && !before && !after && !isAlone(text, i)) {
                    return false;
                }
                inWord |= mark ? before && after : before || after;
            } else if (c > 0x7f) {
                return false;
            }
        }
        return inWord;
    }

    private static boolean isAlone(String text, int at) {
        return at > 0 && at + 1 < text.length() && text.charAt(at - 1) == ' ' && text.charAt(at + 1) == ' ';
    }

    private static boolean isAsciiLetter(String text, int at) {
        return at >= 0 && at < text.length() && text.charAt(at) < 0x80 && Character.isLetter(text.charAt(at));
    }
}
