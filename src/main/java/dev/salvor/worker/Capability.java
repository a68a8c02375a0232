package dev.salvor.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A right of root's that this process may have whoever it is (capabilities(7)): by its number in
 * linux/capability.h.
 */
enum Capability {
  /** Give files away. */
  CHOWN(0),
  /** Read and write whatever a mode says. access(2), and so the JDK, does not know of it. */
  DAC_OVERRIDE(1);

  private static final String EFFECTIVE = "CapEff:";

  private final int number;

  Capability(int number) {
    this.number = number;
  }

  /** Whether this process has it. */
  boolean isHeld() {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith(EFFECTIVE))
          .map(line -> Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).strip(), 16))
          .anyMatch(held -> (held >> number & 1) == 1);
    } catch (IOException unknown) {
      return false;
    }
  }
}
