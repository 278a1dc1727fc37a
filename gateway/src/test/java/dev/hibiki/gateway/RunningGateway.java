package dev.hibiki.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.config.ConfigLoader;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import dev.hibiki.gateway.runtime.Lifecycle;
import dev.hibiki.gateway.runtime.Transport;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.support.Footprint;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionFactory;

/**
 * A gateway in this JVM, on free ports of the loopback address, configured by flags as an operator would. Confined to the
 * thread of the test.
 *
 * <p>Closing also checks what no test must have caused: an exception in the log, and, when the last of several gateways
 * is closed, a thread or a direct buffer that was left behind.
 */
public final class RunningGateway implements AutoCloseable {
    /** Long enough for a loaded machine; waits end as soon as what they wait for has come. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Duration POLL_INTERVAL = Duration.ofMillis(10);
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final AtomicInteger OPEN = new AtomicInteger();
    private static Footprint before = Footprint.now();

    private final Gateway gateway;
    private final LogCapture log;
    private boolean closed;

    private RunningGateway(Gateway gateway, LogCapture log) {
        this.gateway = gateway;
        this.log = log;
    }

    public static RunningGateway start(String... flags) {
        return start(Plugins.builtIn(), flags);
    }

    public static RunningGateway start(Plugins plugins, String... flags) {
        return start(config(flags), plugins, new WebSocketFormat());
    }

    public static RunningGateway start(WireFormat format, String... flags) {
        return start(config(flags), Plugins.builtIn(), format);
    }

    private static RunningGateway start(GatewayConfig config, Plugins plugins, WireFormat format) {
        if (OPEN.getAndIncrement() == 0) {
            before = Footprint.now();
        }
        LogCapture log = LogCapture.start();
        try {
            return new RunningGateway(Gateway.start(config, plugins, format, new Lifecycle(step -> {})), log);
        } catch (IOException e) {
            OPEN.decrementAndGet();
            log.close();
            throw new UncheckedIOException(e);
        }
    }

    /** Starts and waits until events can arrive. */
    public static RunningGateway startReady(String... flags) {
        RunningGateway started = start(flags);
        started.awaitReady();
        return started;
    }

    public static GatewayConfig config(String... flags) {
        List<String> all = new ArrayList<>(List.of(flags));
        for (List<String> ours :
                List.of(List.of("--host", "127.0.0.1"), List.of("--port", "0"), List.of("--admin-port", "0"))) {
            if (!all.contains(ours.get(0))) {
                all.addAll(ours);
            }
        }
        try {
            return Objects.requireNonNull(new ConfigLoader("test", Map.of())
                    .load(all.toArray(new String[0]))
                    .config());
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e);
        }
    }

    public Gateway gateway() {
        return gateway;
    }

    public Hub hub() {
        return gateway.hub();
    }

    public Sessions sessions() {
        return gateway.sessions();
    }

    public Transport transport() {
        return gateway.transport();
    }

    public int agentPort() {
        return gateway.agentPort();
    }

    /** Ends all sessions at once, where the gateway is ending. */
    public void hurry() {
        gateway.hurry();
    }

    /** Lets an event loop do nothing else until what is returned is run. */
    public Runnable holdLoop(int index) {
        CountDownLatch held = new CountDownLatch(1);
        gateway.hub().shards().get(index).loop().execute(() -> {
            try {
                held.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        return held::countDown;
    }

    /** Where clients connect, for a path and query such as {@code /ws?region=JP}. */
    public String ws(String target) {
        return "ws://127.0.0.1:" + gateway.clientPort() + target;
    }

    public WebSocketClient connect(String target) {
        return WebSocketClient.to(ws(target)).connect();
    }

    public int connections() {
        return gateway.sessions().regions().connections();
    }

    /** Waits for a condition that is asked for often, so that the test goes on as soon as it holds. */
    public static ConditionFactory eventually() {
        return await().atMost(PATIENCE).pollInterval(POLL_INTERVAL);
    }

    public void awaitConnections(int expected) {
        eventually().untilAsserted(() -> assertThat(connections()).isEqualTo(expected));
    }

    public void awaitReady() {
        eventually()
                .untilAsserted(() -> assertThat(get("/readyz").statusCode())
                        .as(get("/readyz").body())
                        .isEqualTo(200));
    }

    /** Waits until the gateway says that it is ready, and that its events come from this Redis. */
    public void awaitSubscribed(RedisFixture redis) {
        eventually()
                .untilAsserted(() -> assertThat(get("/readyz").body())
                        .isEqualTo("ok: subscribed to Redis at 127.0.0.1:" + redis.port() + "\n"));
    }

    /** Waits until the gateway says that it is not ready, and says why in words that contain these. */
    public void awaitNotReady(String reason) {
        eventually().untilAsserted(() -> {
            HttpResponse<String> answer = get("/readyz");
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).startsWith("not ready: ").contains(reason);
        });
    }

    /** GET on the admin port. */
    public HttpResponse<String> get(String path) {
        return send(adminRequest(path).GET());
    }

    /** POST on the admin port, with headers as name, value, name, value. */
    public HttpResponse<String> post(String path, String body, String... headers) {
        HttpRequest.Builder request = adminRequest(path).POST(BodyPublishers.ofString(body));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    public HttpRequest.Builder adminRequest(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.adminPort() + path));
    }

    public HttpRequest.Builder clientRequest(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.clientPort() + path));
    }

    public static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return HTTP.send(request.timeout(PATIENCE).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The value of one metric, labels included as in {@code hibiki_connections{region="JP"}}; zero while there is none. */
    public double metric(String name) {
        return samples(name + ' ');
    }

    /** The sum of a metric over all its labels. */
    public double metricSum(String name) {
        return samples(name + '{');
    }

    private double samples(String prefix) {
        return get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(prefix))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    public void awaitMetric(String name, double expected) {
        eventually().untilAsserted(() -> assertThat(metric(name)).as(name).isEqualTo(expected));
    }

    /**
     * Begins to close it, and completes when it is closed. On a thread of its own: in the pool that all share, which has one
     * thread on two processors, it would be in the way of each answer to an {@link HttpClient}.
     */
    public CompletableFuture<Void> closing() {
        return CompletableFuture.runAsync(gateway::close, task -> new Thread(task, "closing").start());
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        CompletableFuture<Void> closing = closing();
        boolean late = false;
        try {
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            late = true; // As after an assertion that failed, of a gateway that has a day for it.
            gateway.hurry();
            closing.join();
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError("not closed", e);
        }
        if (OPEN.decrementAndGet() == 0) {
            Footprint.awaitBackTo(before);
        }
        log.close();
        assertThat(log.exceptions()).isEmpty();
        assertThat(late).as("had to be hurried").isFalse();
    }
}
