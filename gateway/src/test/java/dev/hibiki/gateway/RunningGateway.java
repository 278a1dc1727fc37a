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
 * A gateway in this JVM on free ports of the loopback address, configured with the flags of an operator. Confined to the
 * thread of the test.
 *
 * <p>{@link #close} fails when an exception was logged. When it closes the last of several gateways, it also fails when a
 * thread or a direct buffer is left.
 */
public final class RunningGateway implements AutoCloseable {
    /** How long a wait may take on a loaded machine. A wait ends as soon as its condition holds. */
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
        return start(config(plugins, flags), plugins, new WebSocketFormat());
    }

    public static RunningGateway start(WireFormat format, String... flags) {
        return start(config(flags), Plugins.builtIn(), format);
    }

    public static RunningGateway start(GatewayConfig config) {
        return start(config, Plugins.builtIn(), new WebSocketFormat());
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

    /** Starts a gateway and waits until it is ready. */
    public static RunningGateway startReady(String... flags) {
        RunningGateway started = start(flags);
        started.awaitReady();
        return started;
    }

    public static GatewayConfig config(String... flags) {
        return config(Plugins.builtIn(), flags);
    }

    private static GatewayConfig config(Plugins plugins, String... flags) {
        List<String> all = new ArrayList<>(List.of(flags));
        for (List<String> ours :
                List.of(List.of("--host", "127.0.0.1"), List.of("--port", "0"), List.of("--admin-port", "0"))) {
            if (!all.contains(ours.get(0))) {
                all.addAll(ours);
            }
        }
        try {
            return Objects.requireNonNull(new ConfigLoader("test", Map.of(), plugins.sources())
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

    /** Ends all sessions at once, if the gateway is draining. */
    public void expedite() {
        gateway.expedite();
    }

    /** Blocks an event loop until the returned task is run. */
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

    /** The WebSocket address for a path and query such as {@code /ws?region=JP}. */
    public String ws(String target) {
        return "ws://127.0.0.1:" + gateway.clientPort() + target;
    }

    public WebSocketClient connect(String target) {
        return WebSocketClient.to(ws(target)).connect();
    }

    public int connections() {
        return gateway.sessions().regions().connections();
    }

    /** Waits for a condition with a short poll interval, so that the test goes on soon after it holds. */
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

    /** Waits until the gateway is ready and subscribed to this Redis. */
    public void awaitSubscribed(RedisFixture redis) {
        eventually()
                .untilAsserted(() -> assertThat(get("/readyz").body())
                        .isEqualTo("ok: subscribed to Redis at 127.0.0.1:" + redis.port() + "\n"));
    }

    /** Waits until the gateway is not ready and its reason contains this text. */
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

    /** The value of one metric with its labels, as in {@code hibiki_connections{region="JP"}}; 0 while it does not exist. */
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
     * Begins to close the gateway; the future completes when it is closed. It has a thread of its own, because the common
     * pool may have only one thread, and {@link HttpClient} needs it for its answers.
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
            gateway.expedite();
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
