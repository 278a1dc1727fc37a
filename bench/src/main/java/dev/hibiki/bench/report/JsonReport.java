package dev.hibiki.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** A run as a JSON file. */
public final class JsonReport {
    private static final ObjectMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private JsonReport() {}

    public static String write(RunResult result) {
        return MAPPER.writeValueAsString(result);
    }

    /** Reads a run; the error names the file. */
    public static RunResult read(Path file) throws IOException {
        try {
            RunResult result = MAPPER.readValue(Files.readString(file), RunResult.class);
            if (result.format() != RunResult.FORMAT) {
                throw new IOException(file + " is not a run of format " + RunResult.FORMAT);
            }
            return result;
        } catch (JacksonException e) {
            throw new IOException(file + " is not a run's JSON: " + e.getOriginalMessage(), e);
        }
    }
}
