package dev.hibiki.bench.wire;

import java.nio.ByteBuffer;

/** Splits one connection's bytes into messages. Confined to the connection's loop. */
public interface StreamDecoder {

    /**
     * Hands every complete message in {@code [from, to)} to the sink.
     *
     * @return where the first incomplete message starts: the caller presents those bytes again, with more behind them
     * @throws ProtocolException when the bytes are not what the protocol allows
     */
    int decode(ByteBuffer in, int from, int to, MessageSink sink) throws ProtocolException;
}
