package dev.hibiki.gateway.runtime;

import io.netty.channel.Channel;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets connections to the same local address share one address object. Thread-safe. Netty's native transports make an
 * equal object of 80 bytes for each connection.
 *
 * <p>Netty has no method to set the object, so its private field is set. When this is not possible, each connection keeps
 * its own object.
 */
public final class LocalAddresses {
    private static final Logger log = LoggerFactory.getLogger(LocalAddresses.class);
    private static final String FIELD = "local";

    private static final ClassValue<@Nullable VarHandle> FIELDS = new ClassValue<>() {
        @Override
        protected @Nullable VarHandle computeValue(Class<?> type) {
            return find(type);
        }
    };

    private volatile @Nullable SocketAddress last;

    private static @Nullable VarHandle find(Class<?> channelType) {
        for (Class<?> type = channelType; Channel.class.isAssignableFrom(type); type = type.getSuperclass()) {
            try {
                return MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                        .unreflectVarHandle(type.getDeclaredField(FIELD));
            } catch (NoSuchFieldException e) {
                log.trace("{} has no field of this name", type);
            } catch (IllegalAccessException e) {
                log.debug("Cannot share local addresses between connections: each takes some more memory", e);
                return null;
            }
        }
        return null;
    }

    /** Must be called before the first call of {@link Channel#localAddress}. */
    public void share(Channel channel) {
        VarHandle field = FIELDS.get(channel.getClass());
        if (field == null) {
            return;
        }
        SocketAddress own = (SocketAddress) field.get(channel);
        SocketAddress shared = last;
        if (own != null && own.equals(shared)) {
            field.set(channel, shared);
        } else {
            last = own;
        }
    }
}
