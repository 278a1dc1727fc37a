package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.admin.AdminAccess.Right;
import dev.hibiki.gateway.channels.ChannelExample;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.runtime.ShellWord;
import dev.hibiki.gateway.runtime.Transport;
import dev.hibiki.gateway.runtime.Version;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells an operator how to use a gateway that has started: in its log, and at {@code /} of the admin port. Immutable. */
public record Announcement(GatewayConfig config, EventSource source) {
    private static final Logger log = LoggerFactory.getLogger(Announcement.class);

    /** A log line should not have a thousand names. */
    private static final int SHOWN_CHANNELS = 20;

    public void log(int clientPort, int adminPort, Transport transport) {
        List<String> channels = config.channels();
        log.info(
                "Source: {}. Channels: {}{}. Publish with: {}",
                source.health().detail(),
                String.join(", ", channels.subList(0, Math.min(SHOWN_CHANNELS, channels.size()))),
                channels.size() > SHOWN_CHANNELS ? " and " + (channels.size() - SHOWN_CHANNELS) + " more" : "",
                publishCommand(adminPort));
        log.info(
                "Clients: {}, admin: {}, transport {} on {} loops",
                (config.demo() ? "open http" : "ws") + clientUrl(clientPort),
                adminUrl(adminPort),
                transport.optionName(),
                config.eventLoops());
    }

    private String clientUrl(int port) {
        return (config.tls() == null ? "" : "s") + "://" + config.listen().reachableHost() + ':' + port + '/';
    }

    private String adminUrl(int port) {
        return "http://" + config.admin().reachableHost() + ':' + port + '/';
    }

    private String publishCommand(int adminPort) {
        String command = source.publishCommand(config.channels().get(0));
        return command == null ? curl(adminPort) : command;
    }

    private String curl(int adminPort) {
        String channel = ChannelExample.of(config.channels().get(0));
        String path = PublishEndpoint.PREFIX.substring(1)
                + URLEncoder.encode(channel, StandardCharsets.UTF_8)
                        .replace("+", "%20")
                        .replace("%3A", ":");
        String key = config.auth().publishers().isConfigured() ? "-H 'Authorization: Bearer KEY' " : "";
        return "curl " + key + "-d '" + EventSource.SAMPLE + "' " + ShellWord.quoted(adminUrl(adminPort) + path);
    }

    /** Answers with what the admin port offers, and with the next steps, as plain text for browsers and for curl. */
    public Endpoint index(Health health, AdminAccess access) {
        return (ctx, request, path) -> Reply.text(
                        HttpResponseStatus.OK, text(health.readiness(), access, portOf(ctx.channel())))
                .send(ctx, request);
    }

    private static int portOf(Channel channel) {
        return channel.localAddress() instanceof InetSocketAddress address ? address.getPort() : 0;
    }

    private String text(SourceHealth ready, AdminAccess access, int adminPort) {
        StringBuilder page = new StringBuilder(2048);
        page.append("Hibiki ").append(Version.current()).append(" on Java ").append(Version.java());
        page.append(ready.ready() ? "\nready: " : "\nnot ready: ").append(ready.detail());
        page.append("\n\nThis port:\n");
        line(page, "GET /healthz", "200 while the process works; else restart it", "no key");
        line(page, "GET /readyz", "200 while clients get events; else 503 and the reason", "no key");
        line(page, "GET /intake", "how many new clients this gateway takes, as JSON", "no key");
        line(page, "GET /metrics", "metrics for Prometheus", access.keyFor(Right.METRICS));
        line(page, "GET /sessions", "who is connected, the slowest first", access.keyFor(Right.SESSIONS));
        line(page, "POST /publish/CHANNEL", "publishes an event or an array", access.keyFor(Right.PUBLISH));
        line(page, "POST /drain", "sends all clients away and ends", access.keyFor(Right.DRAIN));
        page.append("\nA key goes into a header: Authorization: Bearer KEY\n\nPublish an event:\n  ");
        page.append(publishCommand(adminPort));
        if (source.publishCommand(config.channels().get(0)) != null) {
            page.append("\n  ").append(curl(adminPort));
        }
        page.append("\n\nChannels: ").append(String.join(", ", config.channels()));
        page.append("\n\nThe port of the clients (--port ")
                .append(config.listen().port())
                .append("):\n");
        line(page, "/ or /ws", "WebSocket", "");
        line(page, "/sse", "server-sent events", "");
        line(page, "/hibiki.js", "the client library", "");
        if (config.demo()) {
            line(page, "/", "in a browser: the demo page", "");
        }
        page.append("\nOptions: java -jar hibiki.jar --help. Documents: README.md and docs/ of this version.");
        return page.toString();
    }

    private static void line(StringBuilder page, String request, String what, String key) {
        page.append("  %-22s %-54s %s".formatted(request, what, key).stripTrailing())
                .append('\n');
    }
}
