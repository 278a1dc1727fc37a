package dev.hibiki.bench.micro;

import dev.hibiki.gateway.event.Event;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

/** Events of a given size, always the same ones: trending videos whose titles are Japanese, Korean, Chinese and Vietnamese. */
final class SampleEvents {
    private static final String[] WORDS = {
        "急上昇", "今日", "いちばん", "見られている", "動画", "響け", "夏の音", "公式", "歌ってみた", "生配信", "切り抜き", "新曲",
        "실시간", "인기", "급상승", "동영상", "지금", "가장", "많이", "보는", "뮤직비디오", "먹방", "정주행", "예고편",
        "正在流行", "今天", "观看次数", "最多的", "视频", "大家都在看", "完整版", "预告", "现场", "合集", "教程", "首播",
        "Thịnh hành", "được xem", "nhiều nhất", "hôm nay", "chính thức", "trực tiếp", "tập cuối", "phim mới"
    };
    private static final String ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static final int ID_LENGTH = 11;
    private static final int TITLE_WORDS = 4;
    private static final String BEFORE_PADDING = "],\"etag\":\"";
    private static final String END = "\"}";

    private final SplittableRandom random;

    private SampleEvents(int seed) {
        random = new SplittableRandom(seed);
    }

    /** What a publisher sends whose JSON library leaves text as it is: exactly this many bytes. */
    static byte[] raw(int bytes) {
        return new SampleEvents(1).build(bytes).getBytes(StandardCharsets.UTF_8);
    }

    /** The same event from one that escapes what is not ASCII, so that it is longer. */
    static byte[] escaped(int bytes) {
        return escape(new SampleEvents(1).build(bytes)).getBytes(StandardCharsets.UTF_8);
    }

    /** As it leaves the parser. */
    static Event event(int bytes) {
        return new Event(raw(bytes), "sample-1", null, 0);
    }

    /** Another event for each seed, of at most this many bytes, at least 64: as many fields of a video as fit, and related ones. */
    static byte[] unpadded(int maxBytes, int seed) {
        return new SampleEvents(seed).buildUnpadded(maxBytes).getBytes(StandardCharsets.UTF_8);
    }

    private String buildUnpadded(int maxBytes) {
        StringBuilder id = new StringBuilder();
        appendRandom(id, ID_LENGTH);
        String end = ",\"id\":\"1764000000000-" + random.nextInt(10) + "\"}";
        int room = maxBytes - length(end);
        StringBuilder json = new StringBuilder("{\"event\":\"new_trending\"");
        for (String field : List.of(
                ",\"region\":\"JP\"",
                ",\"title\":\"" + words() + '"',
                ",\"video_id\":\"" + id + '"',
                ",\"channel\":\"" + words() + '"',
                ",\"thumbnail\":\"https://img.example/vi/" + id + "/hqdefault.jpg\"",
                ",\"views\":" + random.nextInt(1_000_000))) {
            if (length(json) + length(field) <= room) {
                json.append(field);
            }
        }
        String separator = ",\"related\":[";
        while (true) {
            StringBuilder related = new StringBuilder(separator).append('{');
            appendVideo(related);
            related.append('}');
            if (length(json) + length(related) + 1 > room) {
                break;
            }
            json.append(related);
            separator = ",";
        }
        return json.append(separator.equals(",") ? "]" : "").append(end).toString();
    }

    private String words() {
        StringBuilder words = new StringBuilder();
        for (int i = 0; i < TITLE_WORDS; i++) {
            words.append(WORDS[random.nextInt(WORDS.length)]);
        }
        return words.toString();
    }

    private String build(int bytes) {
        StringBuilder json = new StringBuilder("{\"event\":\"new_trending\",\"id\":\"sample-1\",\"region\":\"JP\",");
        appendVideo(json);
        json.append(",\"related\":[");
        int left = bytes - length(json) - BEFORE_PADDING.length() - END.length();
        for (String separator = ""; ; separator = ",") {
            StringBuilder related = new StringBuilder(separator).append('{');
            appendVideo(related);
            related.append('}');
            left -= length(related);
            if (left < 0) {
                left += length(related);
                break;
            }
            json.append(related);
        }
        json.append(BEFORE_PADDING);
        appendRandom(json, left);
        return json.append(END).toString();
    }

    private void appendVideo(StringBuilder json) {
        json.append("\"video_id\":\"");
        appendRandom(json, ID_LENGTH);
        json.append("\",\"title\":\"").append(words()).append('"');
    }

    private void appendRandom(StringBuilder json, int length) {
        for (int i = 0; i < length; i++) {
            json.append(ID_CHARACTERS.charAt(random.nextInt(ID_CHARACTERS.length())));
        }
    }

    private static int length(CharSequence text) {
        return text.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private static String escape(String json) {
        StringBuilder escaped = new StringBuilder(2 * json.length());
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c < 0x80) {
                escaped.append(c);
            } else {
                escaped.append(String.format("\\u%04x", (int) c));
            }
        }
        return escaped.toString();
    }
}
