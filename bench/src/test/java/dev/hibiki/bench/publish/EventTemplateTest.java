package dev.hibiki.bench.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EventTemplateTest {
    private static final long SEQUENCE = 123_456_000_000_000L;

    @Test
    void shouldWriteJsonOfTheConfiguredSize() {
        EventTemplate template = new EventTemplate(330, List.of("JP", "KR"), SEQUENCE);
        template.fill(1, SEQUENCE + 7, System.nanoTime());

        JsonNode event = JsonMapper.shared().readTree(text(template));
        assertThat(template.length()).isEqualTo(330);
        assertThat(event.get("event").asString()).isEqualTo("new_trending");
        assertThat(event.get("seq").asLong()).isEqualTo(SEQUENCE + 7);
        assertThat(event.get("region").asString()).isEqualTo("KR");
        assertThat(event.get("ts_ns").isIntegralNumber()).isTrue();
    }

    @Test
    void shouldWriteTheIdThatWasAskedFor() {
        EventTemplate template = new EventTemplate(330, List.of("JP"), SEQUENCE).withId("a-1");
        template.fill(0, SEQUENCE, System.nanoTime());

        JsonNode event = JsonMapper.shared().readTree(text(template));
        assertThat(event.get("id").asString()).isEqualTo("a-1");
        assertThat(event.get("seq").asLong()).isEqualTo(SEQUENCE);
    }

    @Test
    void shouldWriteSmallNumbers() {
        EventTemplate template = new EventTemplate(2, List.of("JP"), 0);
        template.fill(0, 0, 10);
        assertThat(text(template)).startsWith("{\"event\":\"new_trending\",\"seq\":0,\"ts_ns\":10,");
    }

    private static String text(EventTemplate template) {
        return new String(template.bytes(), 0, template.length(), StandardCharsets.UTF_8);
    }
}
