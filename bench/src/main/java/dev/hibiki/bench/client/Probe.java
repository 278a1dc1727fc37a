package dev.hibiki.bench.client;

import dev.hibiki.bench.wire.ProtocolException;
import dev.hibiki.bench.wire.ResponseHead;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;

/** One connection before all others, so that a wrong address is told at once and in one line. */
public final class Probe {
    private static final int TIMEOUT_MS = 5_000;
    private static final int MAX_HEAD_BYTES = 1 << 14;

    private Probe() {}

    /** Does a whole handshake, then leaves. */
    public static void check(Target target, boolean withRegion) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(target.address(), TIMEOUT_MS);
            socket.setSoTimeout(TIMEOUT_MS);
            socket.getOutputStream().write(target.request(withRegion ? "JP" : null));
            Handshake.check(target.protocol(), readHead(socket.getInputStream()));
            if (target.protocol() == Protocol.WS) {
                socket.getOutputStream().write(ControlFrames.close(1000).array());
            }
        }
    }

    private static ResponseHead readHead(InputStream in) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(MAX_HEAD_BYTES);
        ResponseHead head = null;
        while (head == null) {
            int b = buffer.hasRemaining() ? in.read() : -1;
            if (b < 0) {
                throw new ProtocolException("the server ended the connection during the handshake");
            }
            buffer.put((byte) b);
            head = b == '\n' ? ResponseHead.parse(buffer, 0, buffer.position()) : null;
        }
        return head;
    }
}
