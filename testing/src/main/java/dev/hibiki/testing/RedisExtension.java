package dev.hibiki.testing;

import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives a test class its Redis: {@code @ExtendWith(RedisExtension.class)}, and a parameter of type {@link RedisFixture} where it is wanted.
 *
 * <p>There is one Redis for a test class, started when first asked for and closed after the last test. Before each test it is {@linkplain
 * RedisFixture#reset reset}: running, not frozen, empty. A test that needs other arguments starts a {@link RedisFixture} of its own.
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
