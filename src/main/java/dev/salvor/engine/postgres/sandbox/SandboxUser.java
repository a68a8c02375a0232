package dev.salvor.engine.postgres.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The numeric user that a throw-away server runs as. It is no account: initdb wants an entry in
 * passwd, and finds one in a file that only its mount namespace sees. A restored database that
 * breaks out of its server is nobody on this machine, and in particular not {@code postgres}, whom
 * a real server would let in by peer authentication (SAFETY 18).
 *
 * @param uid also the group's number
 */
record SandboxUser(int uid) {
  /** Above what distributions, systemd (61184-65519) and subordinate ranges of Debian give out. */
  private static final long HIGH = 2_000_000_000L;

  private static final int HIGH_COUNT = 100_000_000;

  /** In a container that maps few numbers, the last of them. */
  private static final int LOW_COUNT = 4_000;

  /** A number that no account has and no process runs as. */
  static SandboxUser free() {
    var mapped = mapped();
    var lowest = mapped > HIGH + HIGH_COUNT ? HIGH : Math.max(1, mapped - LOW_COUNT - 2);
    var count = mapped > HIGH + HIGH_COUNT ? HIGH_COUNT : LOW_COUNT;
    var taken = taken();
    while (true) {
      var uid = (int) (lowest + ThreadLocalRandom.current().nextInt(count));
      if (!taken.contains(uid)) {
        return new SandboxUser(uid);
      }
    }
  }

  /** How many numbers, from 0, this user namespace knows. */
  private static long mapped() {
    try {
      for (var line : Files.readAllLines(Path.of("/proc/self/uid_map"))) {
        var numbers = line.strip().split("\\s+", -1);
        if (numbers.length == 3 && numbers[0].equals("0")) {
          return Long.parseLong(numbers[2]);
        }
      }
    } catch (IOException noNamespaces) {
      return Long.MAX_VALUE;
    }
    return Long.MAX_VALUE;
  }

  /** The one entry of the passwd file in the sandbox, besides root's. */
  String passwd() {
    return "root:x:0:0:root:/:/bin/false\nsalvor-sandbox:x:" + uid + ":" + uid + "::/:/bin/false\n";
  }

  private static void accounts(Set<Integer> taken) {
    try {
      for (var line : Files.readAllLines(Path.of("/etc/passwd"))) {
        var fields = line.split(":", -1);
        if (fields.length > 2 && fields[2].matches("[0-9]{1,9}")) {
          taken.add(Integer.valueOf(fields[2]));
        }
      }
    } catch (IOException noAccounts) {
      taken.add(0);
    }
  }

  private static Set<Integer> taken() {
    var taken = new HashSet<Integer>();
    accounts(taken);
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (var process : processes) {
        if (Files.exists(process)) {
          taken.add((Integer) Files.getAttribute(process, "unix:uid"));
        }
      }
    } catch (IOException ended) {
      // A process ended while it was looked at; what is missed is one number in thousands.
      return taken;
    }
    return taken;
  }
}
