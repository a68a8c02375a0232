package dev.salvor.local.manifest;

/**
 * A file that cannot be read as manifests. The message holds nothing of the file's content, since a
 * Secret may stand in it.
 */
final class ManifestUnreadable extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Violation violation;

  ManifestUnreadable(String message) {
    super(message);
    this.violation = new Violation("", message);
  }

  Violation violation() {
    return violation;
  }
}
