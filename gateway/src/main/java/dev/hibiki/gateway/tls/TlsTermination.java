package dev.hibiki.gateway.tls;

import dev.hibiki.gateway.config.TlsIdentity;
import dev.hibiki.gateway.config.TlsSettings;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.FileWatch;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Terminates the TLS of client connections. Thread-safe.
 *
 * <p>The certificate is read again when its files change. New connections get the new certificate; existing ones keep
 * theirs. A new certificate that is not valid is ignored. The computation of a handshake takes a millisecond or two and runs
 * on threads of its own, so that the event loops go on delivering when ten thousand clients return at once.
 */
public final class TlsTermination implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TlsTermination.class);

    private final TlsSettings settings;
    private final GatewayMetrics metrics;
    private final TlsFailures failures;
    private final PlainHttpAnswer plainHttp;
    private final ScheduledThreadPoolExecutor workers;
    private volatile TlsCertificate current;
    /** Confined to the task that reloads. */
    private final FileWatch files;

    /**
     * Reads the certificate.
     *
     * @throws IOException that names the option and the file of what is wrong with it
     */
    public TlsTermination(TlsSettings settings, GatewayMetrics metrics) throws IOException {
        this.settings = settings;
        this.metrics = metrics;
        files = new FileWatch(settings.certificate(), settings.key());
        current = TlsCertificate.load(settings);
        failures = new TlsFailures(metrics);
        plainHttp = new PlainHttpAnswer(failures);
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        workers = new ScheduledThreadPoolExecutor(threads, new DefaultThreadFactory("hibiki-tls", true));
        metrics.gauge(
                "hibiki.tls.certificate.expiry.timestamp.seconds",
                "When the certificate that clients see ends, in seconds since 1970",
                () -> current.identity().expires().getEpochSecond());
    }

    /** Returns the memory that a connection takes outside of heap and direct memory. */
    public int nativeBytesOfOne() {
        return current.isOpenSsl() ? OpenSslLibrary.CONNECTION_BYTES : 0;
    }

    /** Starts to check the files for a new certificate. */
    public void start() {
        logCertificate("Clients connect with TLS");
        workers.scheduleWithFixedDelay(
                this::reloadIfChanged, settings.reloadIntervalMs(), settings.reloadIntervalMs(), TimeUnit.MILLISECONDS);
    }

    private void logCertificate(String message) {
        TlsCertificate certificate = current;
        TlsIdentity identity = certificate.identity();
        String invalidity = identity.invalidity(Instant.now(), "clients");
        (invalidity == null ? log.atInfo() : log.atWarn())
                .addKeyValue("subject", identity.subject())
                .addKeyValue("expires", identity.expires())
                .addKeyValue("engine", certificate.engine())
                .log(invalidity == null ? message : message + ", but " + invalidity);
        String leftOut = identity.leftOutOf(TlsCertificate.CERTIFICATE_OPTION);
        if (leftOut != null) {
            log.warn(leftOut);
        }
        if (certificate.withoutOpenSsl() != null) {
            log.warn(
                    "The gateway uses Java's TLS, whose handshakes cost five times the CPU, since OpenSSL cannot be used here:"
                            + " {}. With --tls-engine jdk there is no such warning",
                    certificate.withoutOpenSsl());
        }
    }

    /** Checks the files once. */
    void reloadIfChanged() {
        try {
            if (!files.hasChanged()) {
                return;
            }
            current = TlsCertificate.load(settings);
            metrics.tlsReloaded("ok");
            logCertificate("The certificate has changed");
        } catch (IOException | RuntimeException | OutOfMemoryError e) { // An exception would end the periodic check.
            metrics.tlsReloaded("error");
            log.atError()
                    .addKeyValue("reason", String.valueOf(e.getMessage()))
                    .addKeyValue("expires", current.identity().expires())
                    .log("The new certificate cannot be used, the old one stays");
        }
    }

    /** Adds the TLS handlers at the end of the pipeline of a new connection. */
    public void addTo(ChannelPipeline pipeline, ByteBufAllocator allocator) {
        SslHandler tls = current.context().newHandler(allocator, workers);
        tls.setHandshakeTimeoutMillis(settings.handshakeTimeoutMs());
        pipeline.addLast(plainHttp);
        pipeline.addLast(tls);
        pipeline.addLast(failures);
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }
}
