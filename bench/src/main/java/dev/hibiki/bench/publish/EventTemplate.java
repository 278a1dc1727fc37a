package dev.hibiki.bench.publish;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The events: like the ones of the video site that Hibiki was made for. Confined to the publisher's thread.
 *
 * <p>The numbers that change stand in front, so that a client finds them at the same place in every event.
 */
public final class EventTemplate {
    private static final List<String> TITLES = List.of(
            "【急上昇】今日いちばん見られている動画はこれ！響け、夏の音",
            "실시간 인기 급상승 동영상: 지금 가장 많이 보는 영상",
            "正在流行：今天观看次数最多的视频，大家都在看",
            "Thịnh hành: video được xem nhiều nhất hôm nay");
    private static final int LONGEST_NUMBER = 19;

    private final List<String> regions;
    private final byte[] head = ascii("{\"event\":\"new_trending\",\"seq\":");
    private final byte[] middle = ascii(",\"ts_ns\":");
    private final byte[][] tails;
    private byte[] event = {};
    private int length;

    /** Events of {@code sizeBytes} where that can be (no less than about 250), of each region in turn. */
    public EventTemplate(int sizeBytes, List<String> regions, long exampleSequence) {
        this(regions, new byte[regions.size()][]);
        int numbers = Long.toString(exampleSequence).length()
                + Long.toString(System.nanoTime()).length();
        int tailBytes = sizeBytes - head.length - middle.length - numbers;
        for (int i = 0; i < tails.length; i++) {
            tails[i] = tail(regions.get(i), TITLES.get(i % TITLES.size()), tailBytes);
        }
    }

    private EventTemplate(List<String> regions, byte[][] tails) {
        this.regions = List.copyOf(regions);
        this.tails = tails;
    }

    /** The same events with an id, which is taken as it is. */
    public EventTemplate withId(String id) {
        byte[] field = ascii(",\"id\":\"" + id + '"');
        byte[][] longer = new byte[tails.length][];
        for (int i = 0; i < tails.length; i++) {
            longer[i] = Arrays.copyOf(field, field.length + tails[i].length);
            System.arraycopy(tails[i], 0, longer[i], field.length, tails[i].length);
        }
        return new EventTemplate(regions, longer);
    }

    /** Writes an event; {@link #bytes} and {@link #length} hold it until the next one. */
    public void fill(int region, long sequence, long intendedNs) {
        int longest = head.length + middle.length + 2 * LONGEST_NUMBER + tails[region].length;
        if (event.length < longest) {
            event = new byte[longest];
        }
        int at = copy(head, 0);
        at = number(sequence, at);
        at = copy(middle, at);
        at = number(intendedNs, at);
        length = copy(tails[region], at);
    }

    public byte[] bytes() {
        return event;
    }

    public int length() {
        return length;
    }

    public List<String> regions() {
        return regions;
    }

    private static byte[] tail(String region, String title, int bytes) {
        String text = ",\"region\":\"%s\",\"video_id\":\"dQw4w9WgXcQ\",\"title\":\"%s\",\"channel\":\"響チャンネル\","
                + "\"ts\":%d,\"thumbnail\":\"https://i.example/vi/%s.jpg\"}";
        long now = System.currentTimeMillis() / 1000;
        byte[] bare = text.formatted(region, title, now, "").getBytes(StandardCharsets.UTF_8);
        String padding = "x".repeat(Math.max(0, bytes - bare.length));
        return text.formatted(region, title, now, padding).getBytes(StandardCharsets.UTF_8);
    }

    private int copy(byte[] part, int at) {
        System.arraycopy(part, 0, event, at, part.length);
        return at + part.length;
    }

    private int number(long value, int at) {
        int digits = 1;
        for (long rest = value / 10; rest > 0; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int i = at + digits - 1; i >= at; i--) {
            event[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return at + digits;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
