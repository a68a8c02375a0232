package dev.salvor.local.manifest;

/**
 * Something in a manifest that is refused.
 *
 * @param path where, in the form of the API server: {@code spec.verification.checks[0].name}; empty
 *     where it is about the whole document
 * @param message what is wrong; holds no value of the manifest, since a password may stand in the
 *     wrong place
 */
public record Violation(String path, String message) {
  @Override
  public String toString() {
    return path.isEmpty() ? message : path + ": " + message;
  }
}
