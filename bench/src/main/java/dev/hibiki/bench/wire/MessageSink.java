package dev.hibiki.bench.wire;

import java.nio.ByteBuffer;

/** Takes what a {@link StreamDecoder} finds. The buffer is borrowed: its bytes are good during the call only. */
public interface MessageSink {

    /** One message, or as much of it as the buffer had room for; the first fragment stands for a fragmented one. */
    void onMessage(ByteBuffer in, int from, int to, boolean compressed) throws ProtocolException;

    void onPing(ByteBuffer in, int from, int to);

    /** The server says goodbye; 1005 when it gives no code. */
    void onClose(int code);
}
