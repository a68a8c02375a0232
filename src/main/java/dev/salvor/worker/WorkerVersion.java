package dev.salvor.worker;

/** Which Salvor wrote something, for people. */
final class WorkerVersion {
  private WorkerVersion() {}

  /** As the jar says; a build that is not packed has none. */
  static String text() {
    var version = WorkerVersion.class.getPackage().getImplementationVersion();
    return version == null ? "unpacked" : version;
  }
}
