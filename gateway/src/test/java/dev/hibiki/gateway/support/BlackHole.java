package dev.hibiki.gateway.support;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Lets a client vanish as in a network that swallows packets: a filter on its socket drops all that comes, so that its kernel
 * acknowledges nothing any more (socket(7), SO_ATTACH_FILTER). Stateless.
 */
public final class BlackHole {
    private static final int SOL_SOCKET = 1;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int PROGRAM_BYTES = 16;
    /** BPF_RET | BPF_K with 0: keeps no byte of a packet. */
    private static final short RETURN = 0x06;

    private BlackHole() {}

    /** From now on nothing reaches the client. */
    public static void swallow(EpollSocketChannel client) {
        ByteBuf filter = Unpooled.directBuffer(Long.BYTES).writeShortLE(RETURN).writeZero(6);
        try {
            ByteBuffer program = ByteBuffer.allocate(PROGRAM_BYTES).order(ByteOrder.nativeOrder());
            program.putShort(0, (short) 1).putLong(Long.BYTES, filter.memoryAddress());
            client.config()
                    .setOption(
                            new RawUnixChannelOption("SO_ATTACH_FILTER", SOL_SOCKET, SO_ATTACH_FILTER, PROGRAM_BYTES),
                            program);
        } finally {
            filter.release();
        }
    }
}
