package dev.salvor.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A test that only root can run. For others it fails, since a skipped test proves nothing; {@code
 * ./test --without-root} leaves it out and counts it.
 */
@Tag("root")
@ExtendWith(NeedsRoot.Check.class)
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface NeedsRoot {
  /** Says plainly why the test fails. */
  final class Check implements BeforeEachCallback {
    @Override
    public void beforeEach(ExtensionContext context) {
      if (!System.getProperty("user.name").equals("root")) {
        throw new AssertionError("needs root; ./test --without-root leaves it out");
      }
    }
  }
}
