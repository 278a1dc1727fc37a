package dev.hibiki.gateway.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Configures Logback: the levels, and the console as the only appender. Logback calls it once, on the thread that asks for
 * the first logger. {@code Main} calls {@link #use} when the options are read.
 *
 * <p>The same configuration as XML took a fifth of the start time. An operator can still use a file of their own with
 * {@code -Dlogback.configurationFile}; then the options for logging have no effect.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_NORMAL_PRIORITY)
public final class ConsoleLogging extends ContextAwareBase implements Configurator {
    private static final String CONSOLE = "console";
    private static final String CONFIGURATION_FILE = "logback.configurationFile";

    /** Null when an operator's file configures Logback. */
    private static volatile @Nullable LineEncoder lines;

    @Override
    public ExecutionStatus configure(LoggerContext loggers) {
        if (System.getProperty(CONFIGURATION_FILE) != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        // Lettuce warns at each start that it uses epoll. Netty logs the optional classes that it does not find.
        loggers.getLogger("io.lettuce.core.resource.Transports").setLevel(Level.ERROR);
        loggers.getLogger("io.netty").setLevel(Level.WARN);
        // These warn at each attempt that a Sentinel or a cluster node does not answer. The source logs that once.
        loggers.getLogger("io.lettuce.core.RedisClient").setLevel(Level.ERROR);
        loggers.getLogger("io.lettuce.core.cluster").setLevel(Level.ERROR);
        // This warns when a cluster client is closed, since the connection to each node is then closed twice.
        loggers.getLogger("io.lettuce.core.RedisChannelHandler").setLevel(Level.ERROR);
        // At TRACE this logs all commands, including AUTH with its password; at ERROR each one for which there is no
        // memory.
        loggers.getLogger("io.lettuce.core.protocol.CommandEncoder").setLevel(Level.OFF);
        ch.qos.logback.classic.Logger root = loggers.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        LineEncoder encoder = new LineEncoder();
        encoder.setContext(loggers);
        encoder.start();
        NonBlockingAppender console = new NonBlockingAppender(loggers, encoder);
        console.setName(CONSOLE);
        console.start();
        lines = encoder;
        root.addAppender(console);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Applies the operator's options. */
    public static void use(GatewayConfig.Logging chosen) {
        LineEncoder encoder = lines;
        if (encoder != null) {
            encoder.use(chosen.format());
            root().setLevel(Level.toLevel(chosen.level().name()));
        }
    }

    /** Registers the number of lines that were dropped, because standard output did not take them. */
    public static void register(GatewayMetrics metrics) {
        metrics.counter(
                "hibiki.log.dropped.lines",
                "Log lines that standard output did not take",
                () -> root().getAppender(CONSOLE) instanceof NonBlockingAppender console ? console.dropped() : 0);
    }

    /** Writes the lines that still wait, as far as standard output takes them within a second. Nothing can be logged after it. */
    public static void end() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }

    private static ch.qos.logback.classic.Logger root() {
        return ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(Logger.ROOT_LOGGER_NAME);
    }
}
