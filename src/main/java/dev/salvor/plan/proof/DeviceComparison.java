package dev.salvor.plan.proof;

import dev.salvor.task.DeviceFacts;
import java.util.List;

/** What was read of a device's copy beside what was noted of it: all of it is equal, or nothing. */
public record DeviceComparison(String name, DeviceFacts noted, DeviceFacts found) {

  /** None or one. */
  public List<String> differences() {
    if (noted.sizeBytes() != found.sizeBytes()) {
      return List.of(name + " has " + found.sizeBytes() + " bytes, had " + noted.sizeBytes());
    }
    return noted.sha256().equals(found.sha256())
        ? List.of()
        : List.of(name + " has SHA-256 " + found.sha256() + ", had " + noted.sha256());
  }

  /** Counts as one entry. */
  public FileCoverage coverage() {
    return new FileCoverage(1, 1, differences().isEmpty() ? noted.sizeBytes() : 0, 0, 0);
  }
}
