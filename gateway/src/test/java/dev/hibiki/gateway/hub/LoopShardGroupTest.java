package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.ChannelGroupFuture;
import io.netty.channel.group.ChannelMatchers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A shard works as a channel group of Netty. */
class LoopShardGroupTest {
    private final TestHub test = new TestHub();
    private final LoopShard shard = test.shard(0);
    private final Set<Channel> channels = shard;
    private final List<TestSubscriber> subscribers = new ArrayList<>();

    @BeforeEach
    void subscribe() {
        for (int i = 0; i < 3; i++) {
            subscribers.add(test.subscribe("ch"));
        }
    }

    @AfterEach
    void close() {
        subscribers.forEach(subscriber -> ((EmbeddedChannel) subscriber.channel()).finishAndReleaseAll());
        test.close();
    }

    private Channel channel(int index) {
        return subscribers.get(index).channel();
    }

    @Test
    void shouldHoldTheChannelsOfItsSubscribers() {
        assertThat(channels).hasSize(3).containsExactlyInAnyOrder(channel(0), channel(1), channel(2));
        assertThat(shard.name()).isEqualTo("shard-0");

        subscribers.get(0).leave();
        assertThat(channels).hasSize(2).containsExactlyInAnyOrder(channel(1), channel(2));
        assertThat(shard.find(channel(1).id())).isSameAs(channel(1));
        assertThat(shard.find(channel(0).id())).isNull();
    }

    @Test
    void shouldCloseAllItsChannels() {
        ChannelGroupFuture closed = shard.newCloseFuture();
        assertThat(closed.isDone()).isFalse();

        assertThat(shard.close().isSuccess()).isTrue();
        test.run();
        assertThat(closed.isSuccess()).isTrue();
        assertThat(subscribers).noneMatch(subscriber -> subscriber.channel().isOpen());
    }

    @Test
    void shouldCloseMatchingChannels() {
        assertThat(shard.close(ChannelMatchers.isNot(channel(1))).isSuccess()).isTrue();

        assertThat(channel(0).isOpen()).isFalse();
        assertThat(channel(1).isOpen()).isTrue();
        assertThat(channel(2).isOpen()).isFalse();
    }

    @Test
    void shouldWriteToAllItsChannels() {
        shard.write(Unpooled.copiedBuffer(new byte[] {1, 2}));
        assertThat(((EmbeddedChannel) channel(0)).outboundMessages()).isEmpty();
        shard.flush();

        for (TestSubscriber subscriber : subscribers) {
            ByteBuf written = ((EmbeddedChannel) subscriber.channel()).readOutbound();
            assertThat(written.readableBytes()).isEqualTo(2);
            written.release();
        }
    }

    @Test
    void shouldVisitEachMemberWhileMembersLeave() {
        List<Subscriber> visited = new ArrayList<>();
        shard.forEachMember(member -> {
            visited.add(member);
            ((TestSubscriber) member).leave();
        });

        assertThat(visited).containsExactlyInAnyOrderElementsOf(subscribers);
        assertThat(channels).isEmpty();
    }

    @Test
    void shouldNotEqualAnotherEmptyGroup() {
        try (TestHub other = new TestHub(2, LogLimits.retaining(1 << 20), "ch")) {
            LoopShard first = other.shard(0);
            LoopShard second = other.shard(1);
            assertThat(Set.of(first, second)).hasSize(2).contains(first, second);
            assertThat(first.compareTo(second)).isNegative();
        }
    }
}
