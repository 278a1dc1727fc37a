package dev.hibiki.gateway.runtime;

import dev.hibiki.gateway.options.Values;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringBufferRingConfig;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringFixedBufferRingAllocator;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
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
            IoUringIoHandlerConfig config =
                    new IoUringIoHandlerConfig().setRingSize(RING_ENTRIES).setCqSize(COMPLETION_ENTRIES);
            if (IoUring.isRegisterBufferRingSupported()) {
                config.setBufferRingConfig(IoUringBufferRingConfig.builder()
                        .bufferGroupId(RECEIVE_BUFFERS)
                        .bufferRingSize(RECEIVE_BUFFER_COUNT)
                        .batchSize(RECEIVE_BUFFER_COUNT / 4)
                        .incremental(false)
                        .allocator(new IoUringFixedBufferRingAllocator(
                                PooledByteBufAllocator.DEFAULT, RECEIVE_BUFFER_BYTES))
                        .build());
            }
            return SettlingIoHandler.of(IoUringIoHandler.newFactory(config));
        }

        @Override
        public void configureClients(ServerBootstrap bootstrap) {
            super.configureClients(bootstrap);
            bootstrap.childOption(IoUringChannelOption.TCP_USER_TIMEOUT, UNACKNOWLEDGED_TIMEOUT_MS);
            if (IoUring.isRegisterBufferRingSupported()) {
                bootstrap.childOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, RECEIVE_BUFFERS);
            }
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
        public void configureClients(ServerBootstrap bootstrap) {
            super.configureClients(bootstrap);
            bootstrap.childOption(EpollChannelOption.TCP_USER_TIMEOUT, UNACKNOWLEDGED_TIMEOUT_MS);
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

    /** A peer that is gone without a word is found by the kernel, even where no answer is ever expected from it. */
    private static final int UNACKNOWLEDGED_TIMEOUT_MS = 60_000;

    // A client is silent for most of its life: what it says arrives in a few buffers that a loop's connections share,
    // instead of one that waits for each of them.
    private static final short RECEIVE_BUFFERS = 1;
    private static final short RECEIVE_BUFFER_COUNT = 256;
    private static final int RECEIVE_BUFFER_BYTES = 2048;
    private static final RecvByteBufAllocator RECEIVE_ALLOCATOR = new LoopReceiveAllocator(RECEIVE_BUFFER_BYTES);

    /** Why this transport cannot be used on this machine, or null when it can. */
    public abstract @Nullable Throwable unavailability();

    abstract IoHandlerFactory ioHandlers();

    public abstract Class<? extends ServerSocketChannel> serverChannel();

    /** Sets what connections of this transport need: one allocator for all, where Netty would keep one for each. */
    public void configureClients(ServerBootstrap bootstrap) {
        bootstrap.childOption(ChannelOption.RECVBUF_ALLOCATOR, RECEIVE_ALLOCATOR);
    }

    /** As the operator writes it. */
    public String optionName() {
        return Values.nameOf(this);
    }
}
