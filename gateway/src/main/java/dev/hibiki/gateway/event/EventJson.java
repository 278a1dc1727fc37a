package dev.hibiki.gateway.event;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/** Makes the Jackson factory for events. Of Jackson's own limits, only the one on nesting is active. Stateless. */
final class EventJson {
    private EventJson() {}

    static JsonFactory factory(int maxNestingDepth) {
        return JsonFactory.builder()
                // Many field names with equal hashes make Jackson's symbol table slow for this event. That is not a
                // reason to reject the event.
                .disable(TokenStreamFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
                .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(maxNestingDepth)
                        .maxNumberLength(Integer.MAX_VALUE)
                        .maxNameLength(Integer.MAX_VALUE)
                        .maxStringLength(Integer.MAX_VALUE)
                        .build())
                .build();
    }
}
