package dev.hibiki.gateway.runtime;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a program: builds them, starts them, and closes them in reverse order from a stack. A part enters the stack
 * when it is built, and moves to the top when it starts. So {@link #close} ends first what runs, and then frees what was
 * only built. A part whose start fails half-way is closed too. Confined to one thread at a time.
 */
public final class Lifecycle implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Lifecycle.class);

    private final Consumer<String> beforeStep;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** Makes a part, which does nothing yet. */
    public interface Builder<T> {
        T build() throws IOException;
    }

    /** Lets a part begin its work. */
    public interface Start {
        void run() throws IOException;
    }

    /** @param beforeStep told the name of each step before it is taken; what it throws, the step throws */
    public Lifecycle(Consumer<String> beforeStep) {
        this.beforeStep = beforeStep;
    }

    public <T extends AutoCloseable> T build(String name, Builder<T> builder) throws IOException {
        beforeStep.accept("build " + name);
        T part = builder.build();
        open.push(part);
        return part;
    }

    /** @param part must bear to be closed when it has not started */
    public void start(String name, AutoCloseable part, Start start) throws IOException {
        open.removeIf(built -> built == part);
        open.push(part);
        beforeStep.accept("start " + name);
        start.run();
    }

    /** Closes all parts. One that fails to close keeps none of the others open. */
    @Override
    public void close() {
        AutoCloseable part;
        while ((part = open.poll()) != null) {
            try {
                part.close();
            } catch (Exception | Error e) {
                log.error(
                        "Could not close {}; closing the other parts",
                        part.getClass().getSimpleName(),
                        e);
            }
        }
    }
}
