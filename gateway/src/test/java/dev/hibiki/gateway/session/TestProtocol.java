package dev.hibiki.gateway.session;

import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** A protocol that says nothing and drops what it reads. It notes what it would tell clients at the end. */
public class TestProtocol extends Protocol {
    public final List<CloseReason> told = new ArrayList<>();
    /** Called at the end of each session. */
    public BiConsumer<Session, CloseReason> onEnd = (session, reason) -> {};

    public int pings;

    public TestProtocol(boolean readsNotices) {
        this(new WebSocketFormat(), readsNotices);
    }

    public TestProtocol(WireFormat format, boolean readsNotices) {
        super("test", format, readsNotices);
    }

    @Override
    protected void read(Session session, ByteBuf bytes) {
        bytes.release();
        session.markAlive();
    }

    @Override
    protected void writePing(Session session) {
        pings++;
    }

    @Override
    protected void writeEnd(Session session, CloseReason reason) {
        told.add(reason);
        onEnd.accept(session, reason);
    }
}
