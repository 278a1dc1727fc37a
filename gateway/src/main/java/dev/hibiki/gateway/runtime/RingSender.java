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
 * Sends to the sockets of one event loop through its io_uring, and bypasses their channels. Confined to the loop. The bytes
 * of a send belong to its {@link Sender}, which keeps them in place until {@link Sender#onSent}.
 *
 * <p>A write through a Netty channel costs a buffer wrapper, an entry in the outbound buffer, two changes of writability,
 * and another check when it completes. The kernel needs three microseconds for a send; this adds a third. Here a send is
 * an address and a length in the ring, and its completion is one method call.
 *
 * <p><b>The danger</b> is a send that waits in the ring with the number of its file descriptor, while its channel is closed
 * and another connection gets the same number. Two rules exclude this. First, a send is put into the ring only while the
 * loop runs tasks. The loop passes the ring to the kernel before it handles completions, and the kernel then resolves the
 * number. Second, while the loop runs tasks, nobody closes a channel that has a send in the ring: the sender cancels the
 * send, and closes the channel when the send is completed. When Netty itself closes a channel, it does so while it
 * handles completions. By then the kernel has all sends.
 *
 * <p>Constants: Linux, {@code include/uapi/linux/io_uring.h} and {@code include/linux/socket.h}.
 */
public final class RingSender implements IoUringIoHandle {
    /** The result of a send that was canceled: ECANCELED. */
    public static final int CANCELED = -125;

    private static final byte OP_ASYNC_CANCEL = 14;
    private static final byte OP_SEND = 26;
    private static final int MSG_NOSIGNAL = 0x4000;
    /** A completion of Netty's carries 16 bits of user data. They hold the slot, of which one value means "no slot". */
    private static final int SLOT_MASK = 0xFFFF;

    private static final int MAX_SLOTS = SLOT_MASK;
    public static final short NO_SLOT = (short) SLOT_MASK;
    private static final int INITIAL_SLOTS = 64;

    /** The owner of a slot. Called on the loop. */
    public interface Sender {
        /**
         * A send has completed.
         *
         * @param result the number of bytes that the kernel has taken, which may be fewer than all; or a negative errno
         */
        void onSent(int result);
    }

    private @Nullable Sender[] senders = new @Nullable Sender[INITIAL_SLOTS];
    private short[] free = new short[INITIAL_SLOTS];
    private int freeCount;
    private int used;
    private @Nullable IoRegistration registration;
    private long submissionBase;

    private RingSender() {}

    /** Registers a sender with a loop that runs io_uring. Called on that loop. */
    public static RingSender register(EventLoop loop) {
        RingSender sender = new RingSender();
        sender.registration = ((IoEventLoop) loop).register(sender).getNow();
        if (sender.registration == null) {
            throw new IllegalStateException("not on the loop, or the loop is closing");
        }
        return sender;
    }

    /** Takes a slot for one socket; the caller must {@link #release} it. {@link #NO_SLOT} when none is free. */
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

    /** Gives back a slot, which must have no send in the ring. */
    public void release(short slot) {
        senders[slot & SLOT_MASK] = null;
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, 2 * freeCount);
        }
        free[freeCount++] = slot;
    }

    /**
     * Puts a send into the ring. Called only while the loop runs tasks, and for one send per slot at a time. The bytes must
     * stay in place until {@link Sender#onSent}.
     *
     * @return false when the loop is closing; then nothing is sent
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

    /** Asks the kernel to cancel the send of a slot. The completion of the send tells whether it was canceled. */
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
                sender.onSent(completion.res());
            }
        }
    }

    /** Called when the loop closes. The channels close their sockets. */
    @Override
    public void close() {
        IoRegistration current = registration;
        if (current != null) {
            registration = null;
            current.cancel();
        }
    }
}
