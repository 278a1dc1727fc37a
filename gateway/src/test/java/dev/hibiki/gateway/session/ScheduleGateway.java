package dev.hibiki.gateway.session;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.session.EventJournal.Published;
import dev.hibiki.gateway.session.ScheduleClient.Kind;
import dev.hibiki.gateway.session.ScheduleClient.Request;
import dev.hibiki.testing.SelfSignedCertificate;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A gateway for many schedules, with the clients' event loop, and a few sessions that stay. Confined to the thread of the
 * test.
 *
 * <p>The sessions that stay read a topic without events. They are at least as many on each loop as one schedule has clients,
 * so that publishing never waits for clients that are slow on purpose: less than half of the sessions are.
 */
final class ScheduleGateway implements AutoCloseable {
    static final int LOG_BYTES = 128 << 10;
    static final int PING_INTERVAL_MS = 1_000;
    static final int MAX_TOPICS = 6;
    /** The close code of a drain. */
    static final int DRAIN_CODE = 1012;

    static final List<String> REGIONS = List.of("JP", "KR", "US");

    private static final SelfSignedCertificate CERTIFICATE = SelfSignedCertificate.create();
    private static final int STAYING_PER_LOOP = Schedule.MAX_CLIENTS;

    final SchedulePath path;
    final RunningGateway gateway;
    final EventJournal journal = new EventJournal();
    final EventPublisher publisher;
    final Tally tally = new Tally();
    private final EventLoopGroup clients = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("schedule-clients", true), EpollIoHandler.newFactory());
    private final @Nullable SSLContext tls;
    private final List<ScheduleClient> staying = new ArrayList<>();
    private final int topics;

    ScheduleGateway(SchedulePath path, Path folder) {
        this.path = path;
        gateway = RunningGateway.start(flags(path, folder));
        tls = path.tlsEngine == null ? null : CERTIFICATE.clientContext();
        publisher = new EventPublisher(gateway, journal);
        for (String channel : path.channels()) {
            publishToAllRegions(channel, new Random(1));
        }
        publisher.settle();
        while (gateway.sessions().loops().stream()
                        .mapToInt(loop -> loop.group().size())
                        .min()
                        .orElse(0)
                < STAYING_PER_LOOP) {
            ScheduleClient client = connect(
                    new Request(Kind.PLAIN, "/ws?channel=" + path.channels().get(0) + "&region=none", false, 0, tls));
            client.awaitEntered();
            staying.add(client);
        }
        topics = gateway.hub().topicCount();
    }

    private static String[] flags(SchedulePath path, Path folder) {
        List<String> flags = new ArrayList<>(List.of(
                "--transport", path.transport.optionName(),
                "--event-loops", "2",
                "--log-bytes", "" + LOG_BYTES,
                "--max-write-bytes", "32k",
                "--max-publish-bytes", "8m",
                "--max-topics", "" + MAX_TOPICS,
                "--max-client-messages", "0",
                "--ping-interval-ms", "" + PING_INTERVAL_MS,
                "--canary-interval-ms", "0"));
        path.channels().forEach(channel -> flags.addAll(List.of("--channel", channel)));
        if (path.tlsEngine != null) {
            Path pem = folder.resolve("gateway.pem");
            CERTIFICATE.writePem(pem);
            flags.addAll(
                    List.of("--tls-cert-file", "" + pem, "--tls-key-file", "" + pem, "--tls-engine", path.tlsEngine));
        }
        return flags.toArray(String[]::new);
    }

    ScheduleClient connect(Kind kind, String target, boolean deflates, int receiveBufferBytes) {
        return connect(new Request(kind, target, deflates, receiveBufferBytes, tls));
    }

    private ScheduleClient connect(Request request) {
        return ScheduleClient.connect(clients, gateway.gateway().clientPort(), request, journal::issued);
    }

    /** Begins to publish one small event of each region, and one without. */
    List<Published> publishToAllRegions(String channel, Random random) {
        publisher.settle();
        List<Published> events = new ArrayList<>();
        REGIONS.forEach(region -> events.add(journal.issue(channel, region, 0, random)));
        events.add(journal.issue(channel, null, 0, random));
        publisher.begin(channel, events);
        return events;
    }

    /** Waits until nothing of a schedule is left on the gateway. */
    void awaitNothingLeft() {
        eventually()
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .untilAsserted(() -> {
                    assertThat(gateway.connections()).as("sessions").isEqualTo(staying.size());
                    assertThat(gateway.sessions().openSockets()).as("sockets").isEqualTo(staying.size());
                    assertThat(gateway.hub().topicCount()).as("topics").isEqualTo(topics);
                });
        assertThat(staying)
                .noneMatch(ScheduleClient::hasEnded)
                .allMatch(client -> client.arrivals().isEmpty());
    }

    /** Ends the sessions that stay, and waits until the gateway has none, as its metrics say. */
    void endAll() {
        staying.forEach(ScheduleClient::close);
        gateway.awaitMetric("hibiki_topics", topics - 1); // Without that of the sessions that stayed.
        assertThat(gateway.metricSum("hibiki_connections")).isZero();
        assertThat(gateway.metric("hibiki_sockets")).isZero();
    }

    @Override
    public void close() {
        publisher.close();
        try {
            gateway.close();
        } finally {
            clients.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }
}
