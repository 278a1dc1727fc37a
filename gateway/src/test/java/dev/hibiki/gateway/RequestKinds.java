package dev.hibiki.gateway;

import dev.hibiki.gateway.auth.TestTokens;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.Deflater;

/** The most expensive request of each kind that the limits let pass. Stateless. */
final class RequestKinds {
    static final int TOPICS = 64;
    static final List<String> FILLED = List.of("--log-bytes", "1m");
    static final String SIXTY_FOUR_REGIONS = list(TOPICS, i -> "region=r" + i, "&");

    private static final int HEADER_BYTES = 8 * 1024;
    private static final int ROOM = HEADER_BYTES - 250;
    private static final int MESSAGE_BYTES = 4 * 1024;
    private static final List<String> MESSAGES = List.of("--max-client-messages", "0", "--channel", "live:*");
    private static final List<String> TOKENS = List.of("--jwt-secret-file", "SECRET", "--channel", "*");

    /**
     * One request.
     *
     * @param flags of its gateway; SECRET stands for the file with the secret
     * @param text a request, or a message of a client of hibiki.v1
     * @param answer the status of the answer, or a part of the answer to the message
     */
    record Kind(String name, List<String> flags, String text, String answer, boolean isMessage) {
        byte[] bytes() {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private RequestKinds() {}

    /** All kinds, by the flags of their gateway. */
    static Collection<List<Kind>> byFlags() {
        List<Kind> kinds = new ArrayList<>();
        addSelections(kinds);
        addHeaders(kinds);
        addTokens(kinds);
        addMessages(kinds);
        return kinds.stream()
                .collect(Collectors.groupingBy(Kind::flags, LinkedHashMap::new, Collectors.toList()))
                .values();
    }

    private static void addSelections(List<Kind> kinds) {
        String colons = ":".repeat(490);
        List<String> large = List.of("--max-header-bytes", "64k", "--channel", "live:*:*:*:score", "--channel", "*a");
        request(kinds, "a handshake with nothing", List.of(), "101", upgrade(""));
        request(
                kinds,
                "64 channels of 512 bytes, two patterns, `--max-header-bytes 64k`",
                large,
                "101",
                upgrade(list(TOPICS, i -> "channel=live:" + colons + i + ":score", "&")));
        request(kinds, "the same, unknown", large, "404", upgrade("channel=live:" + colons + ":scor"));
        request(
                kinds,
                "512 bytes, and a pattern of 512 bytes that fits them up to the last",
                List.of("--channel", "*" + "a".repeat(255) + "b"),
                "404",
                upgrade("channel=" + "a".repeat(512)));
        request(kinds, "64 regions", FILLED, "101", upgrade(SIXTY_FOUR_REGIONS));
        request(
                kinds,
                "64 regions with 1 MiB of events each, 64 unknown `last_id`",
                FILLED,
                "101",
                upgrade(SIXTY_FOUR_REGIONS + "&" + list(TOPICS, i -> "last_id=unknown-" + i, "&")));
        request(kinds, "800 parameters", List.of(), "101", upgrade(list(800, i -> "p" + i + "=%41", "&")));
    }

    private static void addHeaders(List<Kind> kinds) {
        request(
                kinds,
                "8 KiB of headers, 1,500 of them",
                List.of(),
                "101",
                upgrade("", list(1_500, i -> "a:" + i % 10, "\r\n")));
        request(
                kinds,
                "8 KiB of `X-Forwarded-For`, all of trusted proxies",
                List.of(
                        "--trusted-proxy",
                        "10.0.0.0/8,fd00::/64,127.0.0.1/32,::1/128",
                        "--handshakes-per-address",
                        "0"),
                "101",
                upgrade("", "X-Forwarded-For: " + "::1,".repeat(ROOM / 4) + "::1"));
        request(
                kinds,
                "8 KiB of extensions, none known",
                List.of(),
                "101",
                upgrade("", "Sec-WebSocket-Extensions: " + "a;b,".repeat(ROOM / 4) + "a"));
        request(
                kinds,
                "8 KiB of offers of permessage-deflate, all with a wrong parameter",
                List.of(),
                "101",
                upgrade("", "Sec-WebSocket-Extensions: " + "permessage-deflate;x,".repeat(ROOM / 21) + "a"));
        request(
                kinds,
                "8 KiB of subprotocols, none known",
                List.of(),
                "101",
                upgrade("", "Sec-WebSocket-Protocol: " + "a,".repeat(ROOM / 2) + "a"));
        request(
                kinds,
                "8 KiB of `Origin`",
                List.of("--allowed-origin", "https://*.ok.example"),
                "403",
                upgrade("", "Origin: https://" + "a.".repeat(ROOM / 2) + "example"));
    }

    private static void addTokens(List<Kind> kinds) {
        List<String> cookie = List.of("--jwt-cookie", "token", "--allowed-origin", "https://ok.example");
        List<String> withCookie = new ArrayList<>(TOKENS);
        withCookie.addAll(cookie);
        request(
                kinds,
                "8 KiB of cookies, none with the token",
                withCookie,
                "401",
                upgrade("", "Cookie: " + "a=b; ".repeat(ROOM / 5) + "a=b"));
        request(
                kinds,
                "a token of 8 KiB that is not signed with our key",
                TOKENS,
                "401",
                upgrade("", "Authorization: Bearer " + token(22) + "AAAA"));
        request(
                kinds,
                "a token of 8 KiB with 22 rights of 250 bytes, a channel of 8 bytes",
                TOKENS,
                "403",
                upgrade("channel=aaaaaaaa", "Authorization: Bearer " + token(22)));
        request(
                kinds,
                "the same, 15 channels of 500 bytes, each of which fits each right up to the last byte",
                TOKENS,
                "403",
                upgrade(
                        list(15, i -> "channel=" + "a".repeat(500 + i % 10), "&"),
                        "Authorization: Bearer " + token(22)));
    }

    /** A token whose rights begin to match everywhere in a channel of many a's. */
    private static String token(int rights) {
        String right = "'*" + "a".repeat(248) + "b'";
        return TestTokens.hs256(10_000, "'hibiki':{'channels':[" + list(rights, i -> right, ",") + "]}");
    }

    private static void addMessages(List<Kind> kinds) {
        String regions = list(TOPICS - 1, i -> "\"" + "r".repeat(40) + i + "\"", ",");
        message(
                kinds,
                "subscribe to 63 regions, with an unknown `last_id`",
                "{\"$\":{\"subscribe\":{\"channel\":\"live:a\",\"last_id\":\"x\",\"region\":[" + regions + "]}}}",
                "subscribed");
        message(
                kinds,
                "subscribe to a channel of 4 KiB",
                "{\"$\":{\"subscribe\":{\"channel\":\"live:" + "a".repeat(MESSAGE_BYTES - 100) + "\"}}}",
                "error");
        message(kinds, "4 KiB of `[`", "{\"$\":{\"subscribe\":{\"x\":" + "[".repeat(MESSAGE_BYTES - 100), "error");
        message(
                kinds,
                "4 KiB of members that a later version may know",
                "{\"$\":{\"unsubscribe\":{" + list(400, i -> "\"a" + i + "\":0", ",") + "}}}",
                "error");
        kinds.add(new Kind(
                "16 bytes that inflate to more than 4 KiB, as a whole connection",
                MESSAGES,
                latin1(upgrade("", "Sec-WebSocket-Extensions: permessage-deflate")) + latin1(frame(0xC1, deflated())),
                "101",
                false));
    }

    private static void request(List<Kind> kinds, String name, List<String> flags, String answer, byte[] bytes) {
        kinds.add(new Kind(name, flags, latin1(bytes), answer, false));
    }

    private static void message(List<Kind> kinds, String name, String json, String answer) {
        kinds.add(
                new Kind(name, MESSAGES, latin1(frame(0x81, json.getBytes(StandardCharsets.US_ASCII))), answer, true));
    }

    /** Bytes as text, a character for each. */
    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    static byte[] upgrade(String query, String... headers) {
        String more = String.join(
                "",
                IntStream.range(0, headers.length)
                        .mapToObj(i -> headers[i] + "\r\n")
                        .toList());
        return ("GET /ws" + (query.isEmpty() ? "" : "?" + query) + " HTTP/1.1\r\nHost: localhost\r\n" + more
                        + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** A frame of a client, masked with zeros. */
    private static byte[] frame(int first, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(first);
        if (payload.length < 126) {
            frame.write(0x80 | payload.length);
        } else {
            frame.write(0x80 | 126);
            frame.write(payload.length >> 8);
            frame.write(payload.length);
        }
        frame.writeBytes(new byte[4]);
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    private static byte[] deflated() {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(new byte[MESSAGE_BYTES + 1]);
        byte[] out = new byte[1_000];
        int length = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
        deflater.end();
        return Arrays.copyOf(out, length - 4);
    }

    private static String list(int count, IntFunction<String> element, String separator) {
        return IntStream.range(0, count).mapToObj(element).collect(Collectors.joining(separator));
    }
}
