package dev.hibiki.gateway.toysource;

import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/** The system outside of the gateway that the toy source reads from: a queue of messages with numbers. Thread-safe. */
final class ToyBroker {
    private static final Map<String, ToyBroker> BY_NAME = new ConcurrentHashMap<>();

    private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    private final AtomicLong numbers = new AtomicLong();
    private volatile boolean up = true;

    record Message(long number, String channel, String payload) {}

    static ToyBroker named(String name) {
        return BY_NAME.computeIfAbsent(name, absent -> new ToyBroker());
    }

    long publish(String channel, String payload) {
        long number = numbers.incrementAndGet();
        messages.add(new Message(number, channel, payload));
        return number;
    }

    Message take() throws InterruptedException {
        return messages.take();
    }

    boolean isUp() {
        return up;
    }

    void setUp(boolean up) {
        this.up = up;
    }
}
