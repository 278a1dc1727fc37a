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
 * What is logged, and how a line looks. Called by Logback once, on the thread that asks for the first logger, and once
 * more when the options are read. A fifth of the time to start went into reading the same from XML; an operator's own
 * file, {@code -Dlogback.configurationFile}, still counts, and then the options do not.
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
        // Lettuce warns at each start that it chose epoll, and Netty that it looked for what is not there.
        loggers.getLogger("io.lettuce.core.resource.Transports").setLevel(Level.ERROR);
        loggers.getLogger("io.netty").setLevel(Level.WARN);
        // They warn at each try of what the source tells once: a Sentinel or a node of a cluster is away.
        loggers.getLogger("io.lettuce.core.RedisClient").setLevel(Level.ERROR);
        loggers.getLogger("io.lettuce.core.cluster").setLevel(Level.ERROR);
        // It warns when a client of a cluster ends: that closes each node's connection twice.
        loggers.getLogger("io.lettuce.core.RedisChannelHandler").setLevel(Level.ERROR);
        // At TRACE it writes commands as they were sent, AUTH with its password among them.
        loggers.getLogger("io.lettuce.core.protocol.CommandEncoder").setLevel(Level.INFO);
        ch.qos.logback.classic.Logger root = loggers.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(console(loggers));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Does as the operator chose. */
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
