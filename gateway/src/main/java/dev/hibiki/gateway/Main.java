package dev.hibiki.gateway;

import dev.hibiki.gateway.admin.Health;
import dev.hibiki.gateway.config.ConfigLoader;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.MemoryPlan;
import dev.hibiki.gateway.config.ProcessText;
import dev.hibiki.gateway.logging.ConsoleLogging;
import dev.hibiki.gateway.logging.StandardOutput;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import dev.hibiki.gateway.runtime.Signals;
import dev.hibiki.gateway.runtime.SystemdNotifier;
import dev.hibiki.gateway.runtime.Version;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Starts and ends the process. Exit codes: 0 for an orderly end, 1 when the start failed, 2 for wrong options. */
public final class Main {
    private static final Logger log = LoggerFactory.getLogger(Main.class);
    private static final int ENDED = 0;
    private static final int COULD_NOT_START = 1;
    private static final int WRONG_OPTIONS = 2;

    /**
     * Flight Recorder events of the libraries, off by default: they make the JVM set up the recorder, which takes a sixth
     * of the start time. {@code -D} with the property turns them on.
     */
    private static final List<String> RECORDER_EVENTS = List.of("io.netty.jfr.enabled", "io.lettuce.core.jfr");

    /** With renegotiation, one connection of TLS 1.2 could keep a CPU busy with handshakes. */
    private static final String NO_RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";

    /**
     * Lets Netty reserve direct memory by its own counter. Java's would look for garbage and sleep for half a second, on an event
     * loop, each time that there is none left. Needs the package {@code java.nio} to be open.
     */
    private static final String OWN_DIRECT_MEMORY = "io.netty.tryReflectionSetAccessible";

    private Main() {}

    public static void main(String[] arguments) throws InterruptedException {
        RECORDER_EVENTS.forEach(property -> System.getProperties().putIfAbsent(property, "false"));
        System.getProperties().putIfAbsent(NO_RENEGOTIATION, "true");
        System.getProperties().putIfAbsent(OWN_DIRECT_MEMORY, "true");
        System.setOut(new StandardOutput());
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        ConfigLoader.Loaded loaded;
        try {
            ProcessText process = new ProcessText();
            loaded = new ConfigLoader(
                            Version.current(),
                            process.variables(System.getenv()),
                            Plugins.builtIn().sources(),
                            MemoryPlan.ofThisProcess())
                    .load(process.arguments(arguments));
        } catch (ConfigException e) {
            exit(WRONG_OPTIONS, e.getMessage());
            return;
        }
        if (loaded.text() != null) {
            System.out.print(loaded.text());
        }
        GatewayConfig config = loaded.config();
        if (config != null) {
            ConsoleLogging.use(config.logging());
            log.info("Hibiki {} on Java {}", Version.current(), Version.java());
            Thread.setDefaultUncaughtExceptionHandler(
                    (thread, failure) -> log.error("Thread {} has ended", thread.getName(), failure));
            loaded.warnings().forEach(log::warn);
            run(config);
        }
    }

    private static void run(GatewayConfig config) throws InterruptedException {
        CompletableFuture<Gateway> starting = new CompletableFuture<>();
        SystemdNotifier manager = SystemdNotifier.of(System.getenv());
        // Before a port is open, so that every admitted client is told of the end, even of one during the start.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(starting, manager), "hibiki-shutdown"));
        try {
            Gateway gateway = Gateway.start(config);
            starting.complete(gateway);
            Health health = gateway.health();
            manager.watch(
                    gateway.clientLoops(),
                    health::fatal,
                    () -> health.readiness().ready(),
                    () -> health.readiness().detail());
            gateway.awaitDrainAsked();
            System.exit(ENDED); // The shutdown hook closes the gateway.
        } catch (IOException | RuntimeException | Error e) { // There may be no memory for it.
            starting.cancel(false);
            log.debug("Could not start", e);
            exit(COULD_NOT_START, reasons(e));
        } finally {
            starting.cancel(false);
        }
    }

    private static void end(CompletableFuture<Gateway> starting, SystemdNotifier manager) {
        Signals.handle(() -> starting.thenAccept(Gateway::expedite));
        Gateway gateway;
        try {
            gateway = starting.join();
        } catch (CancellationException e) {
            log.debug("Nothing to close, the gateway did not start", e);
            return;
        }
        manager.stopping();
        gateway.close();
        manager.close();
        log.info("Bye");
        ConsoleLogging.end();
        // The gateway ended in order. Without this call, the JVM would report the signal as a failure.
        Runtime.getRuntime().halt(ENDED);
    }

    /** The message of the failure and, when it differs, the message of its root cause. */
    private static String reasons(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = String.valueOf(failure.getMessage());
        String why = root.getMessage();
        return why == null || message.contains(why) ? message : message + ": " + why;
    }

    private static void exit(int code, String message) {
        ConsoleLogging.end();
        PrintStream err = System.err;
        err.println("hibiki: " + message);
        System.exit(code);
    }
}
