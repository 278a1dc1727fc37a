package dev.hibiki.gateway.support;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class after which Netty's leak detector reports a leak. A service file registers it for every test.
 *
 * <p>Netty reports a leak when the garbage collector has found the buffer and another buffer is allocated, which may be in a
 * later class or never. So this extension collects the heap and allocates a buffer after each class.
 */
public final class LeakGuard implements BeforeAllCallback, AfterAllCallback {
    private static final long COLLECTION_TIMEOUT_MS = 10_000;
    private static final List<String> LEAKS = new ArrayList<>();

    /** Makes every detector one of this class. It must be set before Netty's buffer classes are initialised. */
    private static final class Detectors extends ResourceLeakDetectorFactory {
        @Override
        @SuppressWarnings("deprecation") // The method is abstract.
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(
                Class<T> resource, int samplingInterval, long maxActive) {
            return newResourceLeakDetector(resource, samplingInterval);
        }

        @Override
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int samplingInterval) {
            return new Detector<>(resource, samplingInterval);
        }
    }

    /** Keeps its reports for the failure instead of logging them. */
    private static final class Detector<T> extends ResourceLeakDetector<T> {
        private Detector(Class<T> resource, int samplingInterval) {
            super(resource, samplingInterval);
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String resource, String records) {
            onLeak(resource, records);
        }

        @Override
        protected void reportUntracedLeak(String resource) {
            onLeak(resource, "");
        }
    }

    static {
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new Detectors());
    }

    private static void onLeak(String resource, String records) {
        synchronized (LEAKS) {
            LEAKS.add("LEAK: a " + resource + " was not released" + records);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        // Loading this class is enough.
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        List<String> found = findLeaks();
        if (!found.isEmpty()) {
            throw new AssertionError(found.size() + " leaks, by " + context.getDisplayName() + " or a class before it\n"
                    + String.join("\n", found));
        }
    }

    /** All leaks that were not returned before. */
    static List<String> findLeaks() throws InterruptedException {
        collectGarbage();
        ByteBuf probe = UnpooledByteBufAllocator.DEFAULT.directBuffer(1); // Makes the detector look.
        probe.release();
        synchronized (LEAKS) {
            List<String> found = List.copyOf(LEAKS);
            LEAKS.clear();
            return found;
        }
    }

    /** Returns when the collector has found all garbage of the time before the call. */
    private static void collectGarbage() throws InterruptedException {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        WeakReference<Object> canary = new WeakReference<>(new Object(), queue);
        try {
            System.gc();
            if (queue.remove(COLLECTION_TIMEOUT_MS) == null) {
                throw new IllegalStateException("no garbage collection, so leaks cannot be told");
            }
        } finally {
            Reference.reachabilityFence(canary);
        }
    }
}
