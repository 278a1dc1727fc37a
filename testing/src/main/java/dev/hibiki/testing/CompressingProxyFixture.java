package dev.hibiki.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A proxy in Node that compresses answers with the module {@code compression}, as Express and many development servers do. Confined
 * to the thread of the test.
 */
public final class CompressingProxyFixture implements AutoCloseable {
    private static final Duration START_ALLOWED = Duration.ofSeconds(20);
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

    private final TempFolder folder;
    private final ExternalProcess process;

    private CompressingProxyFixture(TempFolder folder, ExternalProcess process) {
        this.folder = folder;
        this.process = process;
    }

    /**
     * Starts the proxy and waits until it listens; shows its output if it does not.
     *
     * @param port that it listens on
     * @param to the port that it sends requests to
     */
    public static CompressingProxyFixture start(int port, int to) {
        Path node = Component.NODE_COMPRESSION.require();
        TempFolder folder = TempFolder.create("compressing-proxy");
        try {
            Path file = folder.file("proxy.cjs");
            Files.writeString(file, PROGRAM.formatted(to, port));
            List<String> command =
                    List.of("/usr/bin/env", "NODE_PATH=" + Component.NODE_MODULES, node.toString(), file.toString());
            CompressingProxyFixture fixture =
                    new CompressingProxyFixture(folder, ExternalProcess.start("node", folder, command));
            AtExit.close(fixture);
            fixture.awaitListening(port);
            return fixture;
        } catch (IOException e) {
            folder.close();
            throw new UncheckedIOException(e);
        }
    }

    private void awaitListening(int port) {
        try {
            process.awaitReady(START_ALLOWED, () -> Ports.isListening(port));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Ends the proxy and its connections. */
    @Override
    public void close() {
        AtExit.forget(this);
        process.stop();
        folder.close();
    }
}
