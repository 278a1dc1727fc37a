package dev.hibiki.gateway.runtime;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoOps;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Sends to the sockets of one event loop through that loop's io_uring, around their channels. Confined to the loop.
 *
 * <p>A write through a Netty channel costs a buffer wrapper, an outbound-buffer entry, two changes of writability and a
 * second look when it completes; with the kernel's own part at three microseconds, that is a third on top. Here a send is
 * an address and a length put into the ring, and its completion a call.
 *
 * <p><b>The one danger</b> is a send that still waits in the ring, by number of its file descriptor, while the channel
 * closes and the number goes to another connection. So sends are only put into the ring while the loop runs tasks: a loop
 * hands the ring to the kernel before it looks at completions, and the kernel resolves the number at that moment. While
 * the loop runs tasks, the owner must not close a channel that it has a send for; it cancels, and closes when the send is
 * completed. A close that Netty decides on while it handles completions finds all sends already with the kernel.
 *
 * <p>Constants: Linux, {@code include/uapi/linux/io_uring.h} and {@code include/linux/socket.h}.
 */
public final class RingSender implements IoUringIoHandle {
    /** What the kernel answers to a send that was canceled. */
    public static final int CANCELED = -125;

    private static final byte OP_ASYNC_CANCEL = 14;
    private static final byte OP_SEND = 26;
    private static final int MSG_NOSIGNAL = 0x4000;
    /** Netty carries 16 bits of ours in a completion without a look-up: a slot is these bits, and one is none. */
    private static final int SLOT_MASK = 0xFFFF;

    private static final int MAX_SLOTS = SLOT_MASK;
    public static final short NO_SLOT = (short) SLOT_MASK;
    private static final int INITIAL_SLOTS = 64;

    /** Who sends. */
    public interface Sender {
        /**
         * A send has completed.
         *
         * @param result how many bytes were taken, perhaps fewer than were given; or a negative error number
         */
        void sent(int result);
    }

    private @Nullable Sender[] senders = new @Nullable Sender[INITIAL_SLOTS];
    private short[] free = new short[INITIAL_SLOTS];
    private int freeCount;
    private int used;
    private @Nullable IoRegistration registration;
    private long submissionBase;

    private RingSender() {}

    /** A sender on a loop that runs io_uring, which must be the current one. */
    public static RingSender register(EventLoop loop) {
        RingSender sender = new RingSender();
        sender.registration = ((IoEventLoop) loop).register(sender).getNow();
        if (sender.registration == null) {
            throw new IllegalStateException("not on the loop, or the loop is closing");
        }
        return sender;
    }

    /** A slot for one socket, to be given back with {@link #release}; {@link #NO_SLOT} when all are taken. */
    public short acquire(Sender sender) {
        int slot;
        if (freeCount > 0) {
            slot = free[--freeCount] & SLOT_MASK;
        } else if (used == MAX_SLOTS) {
            return NO_SLOT;
        } else {
            slot = used++;
            if (slot == senders.length) {
                senders = Arrays.copyOf(senders, slot + slot / 4);
            }
        }
        senders[slot] = sender;
        return (short) slot;
    }

    /** Gives back a slot that has no send under way. */
    public void release(short slot) {
        senders[slot & SLOT_MASK] = null;
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, 2 * freeCount);
        }
        free[freeCount++] = slot;
    }

    /**
     * Sends bytes, which must stay where they are until {@link Sender#sent} is called. One send per slot at a time; only
     * while the loop runs tasks.
     *
     * @return false when the loop is closing and nothing was sent
     */
    public boolean send(short slot, int fileDescriptor, long address, int length) {
        long id = submit(new IoUringIoOps(
                OP_SEND,
                (byte) 0,
                (short) 0,
                fileDescriptor,
                0,
                address,
                length,
                MSG_NOSIGNAL,
                (long) slot,
                (short) 0,
                (short) 0,
                0,
                0));
        submissionBase = id & ~(long) SLOT_MASK;
        return id != 0;
    }

    /** Asks the kernel to give up the slot's send; its completion says whether it did. */
    public void cancel(short slot) {
        submit(new IoUringIoOps(
                OP_ASYNC_CANCEL,
                (byte) 0,
                (short) 0,
                -1,
                0,
                submissionBase | (slot & SLOT_MASK),
                0,
                0,
                (long) slot,
                (short) 0,
                (short) 0,
                0,
                0));
    }

    private long submit(IoUringIoOps ops) {
        IoRegistration current = registration;
        return current == null ? 0 : current.submit(ops);
    }

    @Override
    public void handle(IoRegistration source, IoEvent event) {
        IoUringIoEvent completion = (IoUringIoEvent) event;
        if (completion.opcode() == OP_SEND) {
            Sender sender = senders[(int) (completion.userData() & SLOT_MASK)];
            if (sender != null) {
                sender.sent(completion.res());
            }
        }
    }

    /** The loop is closing: its sockets are closed by their channels. */
    @Override
    public void close() {
        IoRegistration current = registration;
        if (current != null) {
            registration = null;
            current.cancel();
        }
    }
}
