package dev.hibiki.gateway.runtime;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How sockets are driven. The names are what the {@code --transport} option accepts, besides {@code auto}. */
public enum Transport {
    IO_URING {
        @Override
        public @Nullable Throwable unavailability() {
            return IoUring.unavailabilityCause();
        }

        @Override
        IoHandlerFactory ioHandlers() {
            // Sends of a whole sweep gather in the ring and go to the kernel at once; a full ring costs a system call.
            return IoUringIoHandler.newFactory(
                    new IoUringIoHandlerConfig().setRingSize(RING_ENTRIES).setCqSize(COMPLETION_ENTRIES));
        }

        @Override
        public Class<? extends ServerSocketChannel> serverChannel() {
            return IoUringServerSocketChannel.class;
        }
    },
    EPOLL {
        @Override
        public @Nullable Throwable unavailability() {
            return Epoll.unavailabilityCause();
        }

        @Override
        IoHandlerFactory ioHandlers() {
            return EpollIoHandler.newFactory();
        }

        @Override
        public Class<? extends ServerSocketChannel> serverChannel() {
            return EpollServerSocketChannel.class;
        }
    },
    NIO {
        @Override
        public @Nullable Throwable unavailability() {
            return null;
        }

        @Override
        IoHandlerFactory ioHandlers() {
            return NioIoHandler.newFactory();
        }

        @Override
        public Class<? extends ServerSocketChannel> serverChannel() {
            return NioServerSocketChannel.class;
        }
    };

    private static final int RING_ENTRIES = 4096;
    private static final int COMPLETION_ENTRIES = 16_384;

    /** Why this transport cannot be used on this machine, or null when it can. */
    public abstract @Nullable Throwable unavailability();

    abstract IoHandlerFactory ioHandlers();

    public abstract Class<? extends ServerSocketChannel> serverChannel();

    /** As the operator writes it. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
