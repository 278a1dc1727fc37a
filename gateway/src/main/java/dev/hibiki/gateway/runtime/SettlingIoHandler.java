package dev.hibiki.gateway.runtime;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An {@link IoHandler} that waits a moment between its last preparation to end and its end. Confined to its event loop, as
 * every handler is.
 *
 * <p>Netty's io_uring handler (4.2.18, and 4.2.20) writes to its own eventfd while it prepares, and may then end without
 * waiting for the read of it: the request is behind a drain, the kernel has such ones carried out by a worker thread, and any
 * other completion ends the wait. So its source says, and of the block that was overwritten, size and value. A worker that is late writes eight bytes to memory that has been freed by then, for which
 * the process may abort. Turning on instead of waiting would not do: what is put into the ring then, a timeout too, may stay
 * behind the drain for ever.
 */
final class SettlingIoHandler implements IoHandler {
    /** Some time slices of a busy machine, for the worker. */
    static final long SETTLE_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final IoHandler handler;

    private SettlingIoHandler(IoHandler handler) {
        this.handler = handler;
    }

    /** The same handlers, which settle before they end. */
    static IoHandlerFactory of(IoHandlerFactory factory) {
        return loop -> new SettlingIoHandler(factory.newHandler(loop));
    }

    @Override
    public void initialize() {
        handler.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        return handler.run(context);
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        return handler.register(handle);
    }

    @Override
    public void wakeup() {
        handler.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return handler.isCompatible(handleType);
    }

    @Override
    public void prepareToDestroy() {
        handler.prepareToDestroy();
    }

    @Override
    public void destroy() {
        long endNs = System.nanoTime() + SETTLE_NS;
        for (long leftNs = SETTLE_NS; leftNs > 0; leftNs = endNs - System.nanoTime()) {
            LockSupport.parkNanos(leftNs);
        }
        handler.destroy();
    }
}
