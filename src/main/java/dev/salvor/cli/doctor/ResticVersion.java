package dev.salvor.cli.doctor;

import java.util.regex.Pattern;

/** Whether a restic is new enough. Pure. */
final class ResticVersion {
  /** docs/adr says why: exit codes, and locks that do not hang. */
  private static final int MINOR = 19;

  private static final Pattern VERSION = Pattern.compile("restic (\\d+)\\.(\\d+)\\.\\d+.*");

  private ResticVersion() {}

  static Finding judge(String program, String said) {
    var matcher = VERSION.matcher(said);
    if (!matcher.matches()) {
      return Finding.broken(
          "restic",
          program + " does not say its version: '" + said + "'",
          "Put restic 0.19 or newer there.");
    }
    var major = Integer.parseInt(matcher.group(1));
    var version = matcher.group(1) + "." + matcher.group(2);
    return major > 0 || Integer.parseInt(matcher.group(2)) >= MINOR
        ? Finding.good("restic", version + " at " + program)
        : Finding.broken(
            "restic",
            version + " at " + program + " is older than 0.19",
            "src/main/scripts/engines ensure restic, or name a newer one by SALVOR_RESTIC.");
  }
}
