package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments and variables of this process, read as UTF-8 whatever the locale is. Immutable.
 *
 * <p>Java decodes both by the locale. Without one, as in a container or a unit of systemd, it makes U+FFFD of each byte that is
 * not ASCII. So a text that is not plain ASCII is read again from {@code /proc/self}, where its bytes are.
 */
public final class ProcessText {
    private static final Path PROC = Path.of("/proc/self");
    private static final String PREFIX = "HIBIKI_";
    private static final String REPLACEMENT = "\uFFFD";

    private final Charset ofJava;
    private final Path proc;

    /** Makes one for this process. */
    public ProcessText() {
        this(ofLocale(), PROC);
    }

    /**
     * Makes one for a process.
     *
     * @param ofJava the charset with which Java decoded the texts
     * @param proc the folder with {@code cmdline} and {@code environ}
     */
    ProcessText(Charset ofJava, Path proc) {
        this.ofJava = ofJava;
        this.proc = proc;
    }

    private static Charset ofLocale() {
        String name = System.getProperty("sun.jnu.encoding", "UTF-8");
        return Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.US_ASCII;
    }

    /** Returns the arguments of {@code main} as they were given. */
    public String[] arguments(String... decoded) throws ConfigException {
        String[] arguments = decoded.clone();
        List<byte[]> all = bytes("cmdline");
        for (int i = 0; i < arguments.length; i++) {
            if (!isAscii(arguments[i])) {
                // The arguments of the gateway are the last ones; those of Java come before.
                int index = all.size() - arguments.length + i;
                byte[] bytes = index < 0 ? null : all.get(index);
                String name = "argument " + (i + 1) + " of the command line";
                arguments[i] = text(name, arguments[i], isDecoded(arguments[i], bytes) ? bytes : null);
            }
        }
        return arguments;
    }

    /** Returns the variables, those of the gateway as they were given. */
    public Map<String, String> variables(Map<String, String> decoded) throws ConfigException {
        Map<String, String> variables = new HashMap<>(decoded);
        List<byte[]> all = bytes("environ");
        for (Map.Entry<String, String> variable : decoded.entrySet()) {
            String name = variable.getKey();
            if (name.startsWith(PREFIX) && !isAscii(variable.getValue())) {
                variables.put(name, text("variable " + name, variable.getValue(), valueOf(name, all)));
            }
        }
        return variables;
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(character -> character < 0x80);
    }

    private static byte @Nullable [] valueOf(String name, List<byte[]> all) {
        String start = name + "=";
        for (byte[] entry : all) {
            if (new String(entry, StandardCharsets.ISO_8859_1).startsWith(start)) {
                return Arrays.copyOfRange(entry, start.length(), entry.length);
            }
        }
        return null;
    }

    /** Returns true when these are the bytes of the text, and not those of another argument, as with files of arguments. */
    private boolean isDecoded(String text, byte @Nullable [] bytes) {
        return bytes != null
                && (new String(bytes, ofJava).equals(text) || new String(bytes, StandardCharsets.UTF_8).equals(text));
    }

    /** @param bytes null when they are unknown */
    private String text(String name, String decoded, byte @Nullable [] bytes) throws ConfigException {
        if (bytes == null) {
            if (ofJava.equals(StandardCharsets.UTF_8) && !decoded.contains(REPLACEMENT)) {
                return decoded;
            }
            throw new ConfigException("The " + name + " is not plain ASCII, and Java cannot read it in this locale"
                    + " (expected: LANG=C.UTF-8 in the environment of the gateway, or the option in the file of"
                    + " --config)");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ConfigException("The " + name + " is not in UTF-8 (expected: text in UTF-8)");
        }
    }

    /** Returns the texts of this file, each of which ends with a zero byte; none when it cannot be read. */
    private List<byte[]> bytes(String file) {
        List<byte[]> texts = new ArrayList<>();
        try {
            byte[] content = Files.readAllBytes(proc.resolve(file));
            int start = 0;
            for (int i = 0; i < content.length; i++) {
                if (content[i] == 0) {
                    texts.add(Arrays.copyOfRange(content, start, i));
                    start = i + 1;
                }
            }
        } catch (IOException e) {
            return List.of(); // Then the text is refused.
        }
        return texts;
    }
}
