package dev.hibiki.testing;

import java.util.List;
import java.util.Map;

/**
 * A proxy in Node that compresses answers with the module {@code compression}, as Express and many development servers do. Confined
 * to the thread of the test.
 */
public final class CompressingProxyFixture implements AutoCloseable {
    private static final String PROGRAM = """
            const http = require('node:http');
            const compress = require('compression')({ threshold: 0 });
            http.createServer((request, answer) => compress(request, answer, () => {
              const options = { host: '127.0.0.1', port: %d, path: request.url, headers: request.headers };
              http.get(options, (upstream) => {
                answer.writeHead(upstream.statusCode, upstream.headers);
                upstream.on('error', () => answer.destroy());
                upstream.pipe(answer);
              }).on('error', () => answer.destroy());
            })).listen(%d, '127.0.0.1');
            """;

    private final ForegroundServer server;

    private CompressingProxyFixture(ForegroundServer server) {
        this.server = server;
    }

    /**
     * Starts the proxy and waits until it listens; shows its output if it does not.
     *
     * @param port that it listens on
     * @param to the port that it sends requests to
     */
    public static CompressingProxyFixture start(int port, int to) {
        String node = Component.NODE_COMPRESSION.require().toString();
        return new CompressingProxyFixture(ForegroundServer.start(
                "compressing-proxy",
                ExternalProcess::stop,
                Map.of("NODE_PATH", Component.NODE_MODULES.toString()),
                folder -> List.of(node, folder.write("proxy.cjs", PROGRAM.formatted(to, port))),
                port));
    }

    /** Ends the proxy and its connections. */
    @Override
    public void close() {
        server.close();
    }
}
