package dev.hibiki.bench.wire;

import java.nio.ByteBuffer;

/**
 * Finds the {@code data:} of each event in a text/event-stream. Confined to its connection's loop.
 *
 * <p>Data of several lines is handed over as it stands, from the first line's start to the last line's end.
 */
public final class SseDecoder implements StreamDecoder {
    private static final long DATA = 0x646174613AL; // "data:"

    private final int maxEventBytes;

    public SseDecoder(int maxEventBytes) {
        this.maxEventBytes = maxEventBytes;
    }

    @Override
    public int decode(ByteBuffer in, int from, int to, MessageSink sink) throws ProtocolException {
        int eventStart = from;
        int lineStart = from;
        int dataFrom = -1;
        int dataTo = -1;
        for (int i = from; i < to; i++) {
            if (in.get(i) != '\n') {
                continue;
            }
            int lineEnd = i > lineStart && in.get(i - 1) == '\r' ? i - 1 : i;
            if (lineEnd == lineStart) {
                if (dataFrom >= 0) {
                    sink.onMessage(in, dataFrom, dataTo, false);
                }
                eventStart = i + 1;
                dataFrom = -1;
            } else if (isData(in, lineStart, lineEnd)) {
                if (dataFrom < 0) {
                    boolean space = lineEnd - lineStart > 5 && in.get(lineStart + 5) == ' ';
                    dataFrom = lineStart + (space ? 6 : 5);
                }
                dataTo = lineEnd;
            }
            lineStart = i + 1;
        }
        if (to - eventStart > maxEventBytes) {
            throw new ProtocolException("an event is longer than " + maxEventBytes + " bytes");
        }
        return eventStart;
    }

    private static boolean isData(ByteBuffer in, int from, int to) {
        return to - from >= 5 && ((in.getInt(from) & 0xFFFFFFFFL) << 8 | in.get(from + 4)) == DATA;
    }
}
