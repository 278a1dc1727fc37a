package dev.hibiki.bench.micro;

import dev.hibiki.gateway.auth.Auth;
import dev.hibiki.gateway.auth.Authenticator;
import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.config.AuthSettings;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.Clocks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Checking one client's token (JWT, RFC 7519) as the gateway does on its event loop before a handshake, signature and claims. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TokenChecking {
    private static final String SECRET = "a secret of the benchmark, 32 bytes or more";
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    @Param({"HS256", "RS256", "ES256", "EdDSA"})
    String algorithm = "HS256";

    private Path file;
    private GatewayMetrics metrics;
    private Auth auth;
    private Authenticator authenticator;
    private String token;

    @Setup
    @Initializer
    public void setUp() throws IOException, GeneralSecurityException {
        String claims = "{\"sub\":\"user-7\",\"exp\":" + (System.currentTimeMillis() / 1_000 + 86_400)
                + ",\"hibiki\":{\"channels\":[\"topvideohub:*\"],\"regions\":[\"JP\",\"KR\"]}}";
        String input = base64("{\"alg\":\"" + algorithm + "\",\"typ\":\"JWT\"}") + '.' + base64(claims);
        file = Files.createTempFile("hibiki-key-", "");
        AuthSettings.Jwt settings;
        if (algorithm.equals("HS256")) {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(bytes(SECRET), "HmacSHA256"));
            token = input + '.' + BASE64.encodeToString(mac.doFinal(bytes(input)));
            Files.writeString(file, SECRET);
            settings = new AuthSettings.Jwt(file, null, null, null, null, 0, null, false);
        } else {
            KeyPair keys = keys();
            token = input + '.' + BASE64.encodeToString(signature(keys, bytes(input)));
            Files.writeString(
                    file,
                    "-----BEGIN PUBLIC KEY-----\n"
                            + Base64.getMimeEncoder()
                                    .encodeToString(keys.getPublic().getEncoded())
                            + "\n-----END PUBLIC KEY-----\n");
            settings = new AuthSettings.Jwt(null, file, null, null, null, 0, null, false);
        }
        metrics = new GatewayMetrics();
        AuthSettings.Keys none = new AuthSettings.Keys(List.of(), null);
        auth = new Auth(
                new AuthSettings(none, new AuthSettings.Admin(Set.of(), none, false), settings),
                metrics,
                Clocks.system());
        authenticator = Objects.requireNonNull(auth.authenticator());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String base64(String json) {
        return BASE64.encodeToString(bytes(json));
    }

    /** Of the sizes that RFC 7518 and RFC 8037 name; RSA with 2,048 bits. */
    private KeyPair keys() throws GeneralSecurityException {
        KeyPairGenerator generator;
        AlgorithmParameterSpec size;
        switch (algorithm) {
            case "RS256" -> {
                generator = KeyPairGenerator.getInstance("RSA");
                size = new RSAKeyGenParameterSpec(2_048, RSAKeyGenParameterSpec.F4);
            }
            case "ES256" -> {
                generator = KeyPairGenerator.getInstance("EC");
                size = new ECGenParameterSpec("secp256r1");
            }
            default -> {
                generator = KeyPairGenerator.getInstance("EdDSA");
                size = NamedParameterSpec.ED25519;
            }
        }
        generator.initialize(size);
        return generator.generateKeyPair();
    }

    private byte[] signature(KeyPair keys, byte[] input) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(
                switch (algorithm) {
                    case "RS256" -> "SHA256withRSA";
                    case "ES256" -> "SHA256withECDSAinP1363Format";
                    default -> "Ed25519";
                });
        signature.initSign(keys.getPrivate());
        signature.update(input);
        return signature.sign();
    }

    @Benchmark
    public Grant check() throws TokenException {
        return authenticator.verify(token);
    }

    @TearDown
    public void tearDown() throws IOException {
        auth.close();
        Files.delete(file);
        metrics.close();
    }
}
