package dev.hibiki.gateway.redis.stream;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.CommandOutput;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An answer of Redis as nested arrays, which also shows what has come of an answer that ends early. Filled by the event loop of
 * the connection; after the end of the command any thread may read it.
 *
 * <p>Bounded, whatever the streams hold: of an array with more than {@code maxValueBytes} only a field {@code data} is kept, and
 * when there are more than {@code maxBytes} no further arrays are.
 */
final class StreamAnswer extends CommandOutput<byte[], byte[], StreamAnswer> {
    /** What an element takes beside its bytes, so that many empty ones count, too. */
    private static final int ELEMENT_BYTES = 32;

    private final int maxValueBytes;
    private final long maxBytes;
    private final LongSupplier nanoClock;

    private final Deque<Items> open = new ArrayDeque<>();
    private @Nullable Items top;
    private long bytes;
    private boolean truncated;
    private long beginNs;
    private long endNs;

    /** An array. Its elements are byte arrays, numbers, arrays, and nulls. */
    static final class Items {
        private final int size;
        private final boolean ignored;
        private final List<@Nullable Object> kept = new ArrayList<>();
        private int come;
        private long bytes;
        private boolean tooLarge;
        private boolean dataFollows;
        private boolean hasData;

        private Items(int size, boolean ignored) {
            this.size = size;
            this.ignored = ignored;
        }

        /** Returns the elements that are kept, in their order. */
        List<@Nullable Object> kept() {
            return kept;
        }

        /** Returns true when all elements have come. */
        boolean isWhole() {
            return come == size
                    && (kept.isEmpty() || !(kept.get(kept.size() - 1) instanceof Items last) || last.isWhole());
        }

        /** Returns true when what follows belongs to a name or an id that is kept: both are kept, or none. */
        private boolean hasOnlyName() {
            return come == 1 && kept.size() == 1 && kept.get(0) instanceof byte[];
        }

        /** Returns true when elements were left out, since they are too large. */
        boolean isTooLarge() {
            return tooLarge;
        }

        private void add(byte @Nullable [] value, int maxBytes) {
            boolean name = come % 2 == 0;
            boolean data = name ? Arrays.equals(value, StreamEntry.DATA) : dataFollows;
            dataFollows = name && data;
            come++;
            bytes += ELEMENT_BYTES + (value == null ? 0 : value.length);
            tooLarge |= value == null || bytes > maxBytes;
            boolean isFirstData = data && !hasData;
            hasData |= isFirstData && !name;
            if (!tooLarge || isFirstData) {
                kept.add(value);
            } else if (!name && kept.size() % 2 == 1) {
                kept.remove(kept.size() - 1); // The name of this value.
            }
        }
    }

    /** @param nanoClock as {@link System#nanoTime} */
    StreamAnswer(int maxValueBytes, long maxBytes, LongSupplier nanoClock) {
        super(ByteArrayCodec.INSTANCE, null);
        this.maxValueBytes = maxValueBytes;
        this.maxBytes = maxBytes;
        this.nanoClock = nanoClock;
    }

    @Override
    public StreamAnswer get() {
        return this;
    }

    @Override
    public void multi(int count) {
        Items parent = open.peek();
        if (parent == null) {
            beginNs = nanoClock.getAsLong();
        }
        boolean ignored = parent != null && (parent.ignored || (bytes > maxBytes && !parent.hasOnlyName()));
        truncated |= ignored;
        Items items = new Items(Math.max(count, 0), ignored);
        if (parent == null) {
            top = items;
        } else {
            parent.come++;
            if (!ignored) {
                parent.kept.add(items);
            }
        }
        open.push(items);
    }

    @Override
    public void set(@Nullable ByteBuffer value) {
        Items items = open.peek();
        if (items == null || items.ignored) {
            return; // Nothing, or an answer that is no array.
        }
        byte @Nullable [] copy = null;
        if (value != null) {
            copy = new byte[value.remaining()];
            value.get(copy);
            bytes += copy.length;
        }
        items.add(copy, maxValueBytes);
    }

    @Override
    public void set(long number) {
        Items items = open.peek();
        if (items != null) {
            items.come++;
            items.kept.add(number);
        }
    }

    /** @param depth how many arrays are open, and the answer itself */
    @Override
    public void complete(int depth) {
        while (open.size() > depth) {
            open.pop();
        }
        endNs = nanoClock.getAsLong();
    }

    /** Returns the outer array; an empty one when there is none. */
    Items top() {
        Items now = top;
        return now == null ? new Items(0, false) : now;
    }

    /** Returns true when arrays were left out, since there are too many bytes. */
    boolean isTruncated() {
        return truncated;
    }

    /** Returns the size of all values that came, in bytes. */
    long bytes() {
        return bytes;
    }

    /** Returns the time from the first byte to the last one. */
    long durationNs() {
        return endNs - beginNs;
    }

    static Items array(@Nullable Object item) {
        return (Items) Objects.requireNonNull(item);
    }

    static String text(@Nullable Object item) {
        return new String((byte[]) Objects.requireNonNull(item), StandardCharsets.UTF_8);
    }
}
