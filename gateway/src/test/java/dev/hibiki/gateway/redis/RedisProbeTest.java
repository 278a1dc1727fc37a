package dev.hibiki.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.cluster.SlotHash;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisProbeTest {
    @ParameterizedTest
    @ValueSource(strings = {"topvideohub:trending", "a{b}c", "{b}", "a{b", "{", "a{b}{c}", "新しい動画", "news.*", "a{{b}}"})
    void shouldPutTheProbeBesideTheChannelInACluster(String channel) {
        String name = RedisProbe.nameBeside(channel);

        assertThat(SlotHash.getSlot(name)).isEqualTo(SlotHash.getSlot(channel));
        assertThat(name).startsWith("hibiki:canary:");
        assertThat(SlotHash.getSlot(DrainMarks.keyBeside(channel))).isEqualTo(SlotHash.getSlot(channel));
        assertThat(RedisProbe.nameBeside(channel)).isNotEqualTo(name);
    }
}
