package dev.salvor.local.docker;

import com.github.dockerjava.api.exception.DockerException;
import org.jspecify.annotations.Nullable;

/** Why a call failed, in words. Nothing that was sent or received stands in them. */
final class Causes {
  private Causes() {}

  /** Whether Docker did answer, with a refusal. */
  static boolean isAnswer(@Nullable Throwable thrown) {
    return thrown instanceof DockerException;
  }

  static String text(@Nullable Throwable thrown) {
    if (thrown instanceof DockerException refused) {
      return refused.getMessage() == null
          ? "status " + refused.getHttpStatus()
          : refused.getMessage().strip();
    }
    var root = thrown;
    while (root != null && root.getCause() != null) {
      root = root.getCause();
    }
    return root == null
        ? "nobody knows why"
        : root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
