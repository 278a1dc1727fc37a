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

/** The kernel interface for sockets. The names are the values of the {@code --transport} option, besides {@code auto}. */
public enum Transport {
    IO_URING {
        @Override
        public @Nullable Throwable unavailability() {
            return IoUring.unavailabilityCause();
        }

        @Override
        IoHandlerFactory ioHandlers() {
            // All sends of a sweep go to the kernel with one system call. A full ring costs one more.
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
            return DelayedDestroyIoHandler.of(IoUringIoHandler.newFactory(config));
        }

        @Override
        public void limitUnacknowledged(ServerBootstrap bootstrap, int timeoutMs) {
            bootstrap.childOption(IoUringChannelOption.TCP_USER_TIMEOUT, timeoutMs);
        }

        @Override
        public void configureClients(ServerBootstrap bootstrap) {
            super.configureClients(bootstrap);
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
        public void limitUnacknowledged(ServerBootstrap bootstrap, int timeoutMs) {
            bootstrap.childOption(EpollChannelOption.TCP_USER_TIMEOUT, timeoutMs);
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

    static {
        // A multishot accept that fails is armed again at once, even while the channel does not read (Netty 4.2.18).
        // Without
        // file descriptors that is an endless loop. IoUring reads the property when it is first used.
        System.getProperties().putIfAbsent("io.netty.iouring.acceptMultiShotEnabled", "false");
    }

    private static final int RING_ENTRIES = 4096;
    private static final int COMPLETION_ENTRIES = 16_384;

    // Clients are silent most of the time. So the connections of a loop share a few receive buffers, instead of one for
    // each connection.
    private static final short RECEIVE_BUFFERS = 1;
    private static final short RECEIVE_BUFFER_COUNT = 256;
    private static final int RECEIVE_BUFFER_BYTES = 2048;
    private static final RecvByteBufAllocator RECEIVE_ALLOCATOR = new LoopReceiveAllocator(RECEIVE_BUFFER_BYTES);

    /** Why this machine cannot use the transport; null when it can. */
    public abstract @Nullable Throwable unavailability();

    abstract IoHandlerFactory ioHandlers();

    public abstract Class<? extends ServerSocketChannel> serverChannel();

    /** Sets the options of client connections. They share one receive allocator; Netty would keep a handle for each. */
    public void configureClients(ServerBootstrap bootstrap) {
        bootstrap.childOption(ChannelOption.RECVBUF_ALLOCATOR, RECEIVE_ALLOCATOR);
    }

    /**
     * Lets the kernel close a connection whose peer has acknowledged nothing, or left no room in its window, for this time
     * (tcp(7), TCP_USER_TIMEOUT). NIO cannot.
     */
    public void limitUnacknowledged(ServerBootstrap bootstrap, int timeoutMs) {}

    /** The value of the option. */
    public String optionName() {
        return Values.nameOf(this);
    }
}
