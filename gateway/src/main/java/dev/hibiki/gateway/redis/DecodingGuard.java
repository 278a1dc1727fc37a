package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.runtime.RateLimitedLog;
import io.lettuce.core.protocol.CommandHandler;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import org.slf4j.LoggerFactory;

/**
 * Closes a connection on which a message could not be decoded, for want of memory for instance. Lettuce only logs that, and goes
 * on in the middle of the message: so it would be lost, and those behind it, and nobody would know. Confined to the event loop of
 * the connection.
 */
final class DecodingGuard extends ChannelInboundHandlerAdapter {
    private static final RateLimitedLog log = new RateLimitedLog(LoggerFactory.getLogger(DecodingGuard.class));

    private final CommandHandler decoder;
    private final ChannelHandlerContext context;

    private DecodingGuard(CommandHandler decoder, ChannelHandlerContext context) {
        this.decoder = decoder;
        this.context = context;
    }

    /** Puts a guard before the decoder of each connection. */
    static NettyCustomizer beforeDecoders() {
        return new NettyCustomizer() {
            @Override
            public void afterChannelInitialized(Channel channel) {
                ChannelPipeline pipeline = channel.pipeline();
                CommandHandler decoder = pipeline.get(CommandHandler.class);
                ChannelHandlerContext context = pipeline.context(decoder);
                pipeline.addBefore(context.name(), null, new DecodingGuard(decoder, context));
            }
        };
    }

    /** Calls the decoder itself, since the pipeline would not tell what it throws. */
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        try {
            decoder.channelRead(context, message);
        } catch (Exception | Error e) {
            ctx.close(); // First: what follows needs memory, too.
            log.warn(
                    "Could not read an answer of Redis, so this connection ends and another begins: {}",
                    RedisFailure.reason(e));
            decoder.exceptionCaught(context, e);
        }
    }
}
