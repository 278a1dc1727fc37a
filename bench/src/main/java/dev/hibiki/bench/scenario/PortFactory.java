package dev.hibiki.bench.scenario;

import dev.hibiki.bench.publish.EventPort;
import java.io.IOException;

/** Opens the way to the server for events. */
@FunctionalInterface
public interface PortFactory {
    EventPort open() throws IOException;
}
