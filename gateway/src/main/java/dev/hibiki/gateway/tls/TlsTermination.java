package dev.hibiki.gateway.tls;

import dev.hibiki.gateway.config.TlsSettings;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.FileWatch;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the TLS of clients, with a certificate that is read again when its files change. Thread-safe.
 *
 * <p>A new certificate is for new connections; those that are there keep the one they began with. One that is no good
 * leaves the old one in place. The arithmetic of handshakes, a millisecond or two each, is done by threads of its own: when
 * ten thousand clients come back at once, the loops go on delivering to those that are inside.
 */
public final class TlsTermination implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TlsTermination.class);
    private static final Duration SOON = Duration.ofDays(7);

    private final TlsSettings settings;
    private final GatewayMetrics metrics;
    private final TlsFailures failures;
    private final PlainHttpAnswer plainHttp;
    private final ScheduledThreadPoolExecutor workers;
    private volatile TlsCertificate current;
    /** For the one task that reads them. */
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
                () -> current.expires().getEpochSecond());
    }

    /** Looks for a new certificate from now on. */
    public void start() {
        tell("Clients connect with TLS");
        workers.scheduleWithFixedDelay(
                this::reloadIfChanged, settings.reloadIntervalMs(), settings.reloadIntervalMs(), TimeUnit.MILLISECONDS);
    }

    private void tell(String what) {
        TlsCertificate shown = current;
        Instant soon = Instant.now().plus(SOON);
        (shown.expires().isBefore(soon) ? log.atWarn() : log.atInfo())
                .addKeyValue("subject", shown.subject())
                .addKeyValue("expires", shown.expires())
                .addKeyValue("engine", shown.engine())
                .log(what);
    }

    /** Looks once. */
    void reloadIfChanged() {
        if (!files.hasChanged()) {
            return;
        }
        try {
            current = TlsCertificate.load(settings);
            metrics.tlsReloaded("ok");
            tell("The certificate has changed");
        } catch (IOException | RuntimeException e) {
            metrics.tlsReloaded("error");
            log.atError()
                    .addKeyValue("reason", String.valueOf(e.getMessage()))
                    .addKeyValue("expires", current.expires())
                    .log("The new certificate is no good, the old one stays");
        }
    }

    /** Puts TLS at the end of the pipeline of a connection that has just come. */
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
