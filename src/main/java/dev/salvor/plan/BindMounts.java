package dev.salvor.plan;

import java.util.List;

/**
 * Folders of this machine that containers mount. They are taken for volumes with a name made of
 * their path, so that they are kept, restored and held still as volumes are.
 */
public final class BindMounts {
  private static final String PREFIX = "bind";

  /** Docker's own limit of a name; what is longer is cut, and told apart by its hash. */
  private static final int MOST = 200;

  private static final int HASH_LETTERS = 8;

  /** What belongs to the system, is made anew by it, or is in memory. */
  private static final List<String> OF_THE_SYSTEM =
      List.of(
          "/bin",
          "/boot",
          "/dev",
          "/etc",
          "/lib",
          "/lib32",
          "/lib64",
          "/proc",
          "/run",
          "/sbin",
          "/sys",
          "/tmp",
          "/usr",
          "/var/run",
          "/var/tmp");

  private BindMounts() {}

  /** Whether a name may be that of a folder; Docker takes such names for volumes too. */
  public static boolean isName(String name) {
    return name.startsWith(PREFIX + "_");
  }

  /** The name of a folder, another for each: {@code /srv/shop} is {@code bind_srv_shop}. */
  public static String name(String path) {
    var plain = path.replaceAll("[^a-zA-Z0-9.-]", "_");
    var told = plain.length() <= MOST && path.matches("[a-zA-Z0-9/.-]*");
    return PREFIX
        + (told
            ? plain
            : plain.substring(0, Math.min(MOST, plain.length()))
                + "-"
                + StableHash.of(path).letters(HASH_LETTERS));
  }

  /**
   * Whether a folder may hold data of an application: neither the system's, nor one that holds it
   * or Docker's own.
   *
   * @param volumes where the daemon keeps its volumes
   */
  public static boolean isData(String path, String volumes) {
    var docker = volumes.replaceFirst("/[^/]*$", "");
    return !path.equals("/")
        && !isIn(docker, path)
        && !isIn(path, docker)
        && OF_THE_SYSTEM.stream().noneMatch(system -> isIn(path, system) || isIn(system, path));
  }

  /** Whether what is written to one may be seen in the other. */
  static boolean areRelated(String one, String other) {
    return isIn(one, other) || isIn(other, one);
  }

  /** Whether a path is a folder, or below it; both as they are written. */
  static boolean isIn(String path, String folder) {
    var above = folder.endsWith("/") ? folder : folder + "/";
    return (path + "/").startsWith(above);
  }
}
