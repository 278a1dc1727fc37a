package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.NearestName;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Values;
import dev.hibiki.gateway.runtime.FailureReason;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the file of {@code --config}: properties in UTF-8, whose keys are the names of options. Stateless. */
final class PropertiesFile {
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    /** What ends a key. */
    private static final Pattern SEPARATOR = Pattern.compile("[=:\\s]");
    /** An odd number of backslashes at the end: the value goes on in the next line. */
    private static final Pattern CONTINUED = Pattern.compile("(?<!\\\\)(\\\\\\\\)*\\\\$");

    private PropertiesFile() {}

    /** The keys and values of a file. A key that comes twice is noted, since only one of the two values could count. */
    private static final class Lines extends Properties {
        private static final long serialVersionUID = 1L;

        private final transient List<String> repeated = new ArrayList<>();

        @Override
        public synchronized @Nullable Object put(Object key, Object value) {
            if (containsKey(key)) {
                repeated.add((String) key);
            }
            return super.put(key, value);
        }
    }

    /** Offers each value of the file. */
    static void read(String file, List<Option> options, Values values) throws ConfigException {
        String text = content(file);
        Lines lines = new Lines();
        try {
            lines.load(new StringReader(text));
        } catch (IllegalArgumentException e) {
            throw wrong(file, "has a \\u without four hexadecimal digits behind it", "\\\\ for a backslash");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (String key : lines.repeated) {
            throw wrong(file, "sets \"" + key + "\" twice", "one line for each option, with commas between values");
        }
        List<String> keys = options.stream().map(Option::key).toList();
        for (String key :
                new TreeMap<>(lines).keySet().stream().map(String::valueOf).toList()) {
            Option option = options.stream()
                    .filter(known -> known.key().equals(key))
                    .findFirst()
                    .orElseThrow(() -> wrong(
                            file,
                            "sets \"" + key + "\"" + inLine(text, key),
                            "the name of an option without --" + NearestName.hint(withoutOtherForm(key), keys)));
            values.offer(option, Objects.requireNonNull(lines.getProperty(key)), "file " + file);
        }
    }

    /** Makes a key of what is a flag, or of a variable. */
    private static String withoutOtherForm(String key) {
        return key.replaceFirst("^(--|HIBIKI_|hibiki\\.)", "").replaceAll("[_.]", "-");
    }

    private static String content(String name) throws ConfigException {
        try {
            byte[] bytes = Files.readAllBytes(Path.of(name));
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            // Editors of Windows write one.
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw wrong(name, "is not in UTF-8", "a file that was saved as UTF-8");
        } catch (NoSuchFileException e) {
            throw wrong(name, "does not exist", "a properties file");
        } catch (IOException e) {
            throw wrong(name, "cannot be read: " + FailureReason.of(e), "a readable properties file");
        } catch (InvalidPathException e) {
            throw wrong(name, "cannot be opened", Values.FILE_NAME);
        }
    }

    /** Says in which line the key is, where that is easy to see. */
    private static String inLine(String text, String key) {
        List<String> lines = text.lines().toList();
        boolean isContinued = false;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).stripLeading();
            if (!isContinued && SEPARATOR.split(line, 2)[0].equals(key)) {
                return " in line " + (i + 1);
            }
            boolean isComment = !isContinued && (line.startsWith("#") || line.startsWith("!"));
            isContinued = !isComment && CONTINUED.matcher(line).find();
        }
        return "";
    }

    private static ConfigException wrong(String file, String what, String expected) {
        String name =
                file.contains("://") ? Values.withoutPassword(file) : file; // An address that was meant for --redis.
        return new ConfigException("--config: \"" + name + "\" " + what + " (expected: " + expected + ")");
    }
}
