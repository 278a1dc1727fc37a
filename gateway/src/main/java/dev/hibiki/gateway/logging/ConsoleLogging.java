package dev.hibiki.gateway.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.hibiki.gateway.config.GatewayConfig;
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
        // At TRACE this logs all commands, including AUTH with its password.
        loggers.getLogger("io.lettuce.core.protocol.CommandEncoder").setLevel(Level.INFO);
        ch.qos.logback.classic.Logger root = loggers.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(console(loggers));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Applies the operator's options. */
    public static void use(GatewayConfig.Logging chosen) {
        LoggerContext loggers = (LoggerContext) LoggerFactory.getILoggerFactory();
        ch.qos.logback.classic.Logger root = loggers.getLogger(Logger.ROOT_LOGGER_NAME);
        if (root.getAppender(CONSOLE) instanceof ConsoleAppender<ILoggingEvent> console
                && console.getEncoder() instanceof LineEncoder encoder) {
            encoder.use(chosen.format());
            root.setLevel(Level.toLevel(chosen.level().name()));
        }
    }

    private static ConsoleAppender<ILoggingEvent> console(LoggerContext loggers) {
        LineEncoder encoder = new LineEncoder();
        encoder.setContext(loggers);
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(loggers);
        console.setName(CONSOLE);
        console.setEncoder(encoder);
        console.start();
        return console;
    }
}
