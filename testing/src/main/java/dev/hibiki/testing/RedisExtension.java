package dev.hibiki.testing;

import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives a test class its Redis with {@code @ExtendWith(RedisExtension.class)} and a parameter of type {@link RedisFixture}.
 *
 * <p>A test class has one Redis, which starts at the first use and is closed after the last test. Each test begins with a {@linkplain
 * RedisFixture#reset reset}: the server runs, is not frozen and is empty. A test that needs other arguments starts a {@link RedisFixture} of its
 * own.
 */
public final class RedisExtension implements ParameterResolver, BeforeEachCallback {
    private static final Namespace NAMESPACE = Namespace.create(RedisExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == RedisFixture.class;
    }

    @Override
    public RedisFixture resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return ofClass(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        ofClass(context).reset();
    }

    private static RedisFixture ofClass(ExtensionContext context) {
        ExtensionContext owner = context;
        while (owner.getParent().isPresent()
                && owner.getParent().get().getTestClass().isPresent()) {
            owner = owner.getParent().get();
        }
        return owner.getStore(NAMESPACE)
                .getOrComputeIfAbsent(RedisFixture.class, key -> RedisFixture.start(), RedisFixture.class);
    }
}
