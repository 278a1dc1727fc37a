package dev.hibiki.gateway.runtime;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An {@link IoHandler} that waits for a moment before its {@link #destroy}. Confined to its event loop, as every handler is.
 *
 * <p>This works around a use after free in Netty's io_uring handler (4.2.18 and 4.2.20). In {@link #prepareToDestroy} the
 * handler writes to its own eventfd and submits a read of it. The request is behind a drain, so a worker thread of the
 * kernel carries it out. Any other completion ends the handler's wait for it, and {@link #destroy} frees the buffer of the
 * read. A late worker then writes eight bytes into freed memory, and the process may abort. The source of the handler shows
 * this sequence, and the size and the value in an overwritten block of memory match it.
 *
 * <p>To run the loop further instead of waiting would not help: a new request in the ring, even a timeout, may stay behind
 * the drain for ever.
 */
final class DelayedDestroyIoHandler implements IoHandler {
    /** Enough for the worker thread to run, even on a busy machine. */
    static final long DELAY_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final IoHandler handler;

    private DelayedDestroyIoHandler(IoHandler handler) {
        this.handler = handler;
    }

    /** Wraps each handler of the factory. */
    static IoHandlerFactory of(IoHandlerFactory factory) {
        return loop -> new DelayedDestroyIoHandler(factory.newHandler(loop));
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
        long endNs = System.nanoTime() + DELAY_NS;
        for (long leftNs = DELAY_NS; leftNs > 0; leftNs = endNs - System.nanoTime()) {
            LockSupport.parkNanos(leftNs);
        }
        handler.destroy();
    }
}
