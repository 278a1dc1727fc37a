package dev.hibiki.gateway.logging;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes log lines to standard output on a thread of its own, so that whoever logs never waits: standard output may be a pipe
 * that nobody reads. While it takes nothing, the lines wait in a queue, and those that do not fit are dropped and counted. So are
 * those that fail, as on a full disk.
 * Thread-safe.
 */
final class NonBlockingAppender extends AsyncAppender {
    private static final int QUEUED_LINES = 2_048;
    /** More than the threads that may pass the check at once, so that none finds the queue full. */
    private static final int SPARE_LINES = 64;
    /** How long the end of the process may wait for the lines in the queue. */
    private static final int FLUSH_MS = 1_000;

    private final LoggerContext loggers;
    private final AtomicLong dropped = new AtomicLong();

    /** @param lines encodes the lines, and is started */
    NonBlockingAppender(LoggerContext loggers, Encoder<ILoggingEvent> lines) {
        this.loggers = loggers;
        setContext(loggers);
        setQueueSize(QUEUED_LINES);
        setDiscardingThreshold(0);
        setNeverBlock(true);
        setMaxFlushTime(FLUSH_MS);
        Writer writer = new Writer();
        writer.setContext(loggers);
        writer.setEncoder(lines);
        writer.start();
        addAppender(writer);
    }

    /** Returns the number of lines that were dropped. */
    long dropped() {
        return dropped.get();
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (getRemainingCapacity() <= SPARE_LINES) {
            dropped.incrementAndGet();
        } else {
            super.append(event);
        }
    }

    /** Writes the lines of the queue, and then how many are missing after them. Confined to the thread of the queue. */
    private final class Writer extends ConsoleAppender<ILoggingEvent> {
        private long told;

        @Override
        public void doAppend(ILoggingEvent event) {
            try {
                if (write(event)) {
                    tellDropped();
                } else {
                    dropped.incrementAndGet();
                }
            } catch (OutOfMemoryError e) { // The thread must go on, since nobody would make another one.
                dropped.incrementAndGet();
            }
        }

        /** Returns false when standard output did not take it. */
        private boolean write(ILoggingEvent event) {
            super.doAppend(event);
            return !StandardOutput.hasFailed();
        }

        private void tellDropped() {
            long all = dropped.get();
            if (all != told && getNumberOfElementsInQueue() <= QUEUED_LINES / 2) {
                String message = all - told + " log lines were dropped, since standard output did not take them";
                boolean written = write(new LoggingEvent(
                        NonBlockingAppender.class.getName(),
                        loggers.getLogger(NonBlockingAppender.class),
                        Level.WARN,
                        message,
                        null,
                        null));
                told = written ? all : told;
            }
        }
    }
}
