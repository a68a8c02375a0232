package dev.salvor.engine.process;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Where the outside programs are. The order is the same for each: the variable that names it, the
 * places of Debian's packages, the cache that {@code salvor engines} fills, the PATH.
 */
public final class Programs {
  /** Names the restic program. */
  public static final String RESTIC = "SALVOR_RESTIC";

  /** Followed by a major version, names a folder of PostgreSQL programs. */
  public static final String POSTGRES_PREFIX = "SALVOR_POSTGRES_";

  /** Names the cache folder. */
  public static final String CACHE = "SALVOR_CACHE";

  private static final String RESTIC_WANTED = "restic 0.19 or newer";
  private static final Path DEBIAN_POSTGRES = Path.of("/usr/lib/postgresql");

  private final Map<String, String> environment;

  public Programs(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /** By this process's own environment. */
  public static Programs here() {
    return new Programs(System.getenv());
  }

  /**
   * The restic program.
   *
   * @throws EngineException ENGINE_MISSING
   */
  public Path restic() {
    var named = environment.get(RESTIC);
    if (named != null) {
      return executable(Path.of(named))
          .orElseThrow(
              () -> missing(RESTIC_WANTED + " is not where " + RESTIC + " says: " + named));
    }
    // The cache before the PATH: distributions ship versions that hang or lack exit codes.
    return executable(cache().resolve("engines/restic/bin/restic"))
        .or(() -> onPath("restic"))
        .orElseThrow(
            () -> missing(RESTIC_WANTED + " is neither in " + cache() + " nor on the PATH"));
  }

  /**
   * A PostgreSQL program of exactly this major version: a newer client writes settings that an
   * older server refuses.
   *
   * @param program such as pg_dump
   * @throws EngineException NO_CLIENT_FOR_SERVER
   */
  public Path postgres(int major, String program) {
    return postgresFolders(major).stream()
        .flatMap(folder -> executable(folder.resolve(program)).stream())
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    Reason.NO_CLIENT_FOR_SERVER,
                    program + " of PostgreSQL " + major + " is not on this machine"));
  }

  /** The major versions of which pg_dump is there. */
  public SortedSet<Integer> postgresMajors() {
    var majors = new TreeSet<Integer>();
    environment.keySet().stream()
        .filter(name -> name.startsWith(POSTGRES_PREFIX))
        .forEach(name -> addMajor(majors, name.substring(POSTGRES_PREFIX.length())));
    for (var folder : List.of(DEBIAN_POSTGRES, cache().resolve("engines/postgresql"))) {
      children(folder).forEach(child -> addMajor(majors, child));
    }
    majors.removeIf(
        major ->
            postgresFolders(major).stream()
                .noneMatch(folder -> executable(folder.resolve("pg_dump")).isPresent()));
    return majors;
  }

  /**
   * A program of the operating system, such as unshare.
   *
   * @throws EngineException ENGINE_MISSING
   */
  public Path onSystem(String program) {
    return onPath(program)
        .or(() -> executable(Path.of("/usr/sbin", program)))
        .or(() -> executable(Path.of("/sbin", program)))
        .orElseThrow(() -> missing(program + " is not on the PATH"));
  }

  /** The folder of what Salvor fetches and may lose. */
  public Path cache() {
    var named = environment.get(CACHE);
    if (named != null) {
      return Path.of(named);
    }
    if ("root".equals(System.getProperty("user.name"))) {
      return Path.of("/var/cache/salvor");
    }
    var caches = environment.get("XDG_CACHE_HOME");
    return caches == null || caches.isEmpty()
        ? Path.of(System.getProperty("user.home", "/"), ".cache", "salvor")
        : Path.of(caches, "salvor");
  }

  private List<Path> postgresFolders(int major) {
    var folders = new ArrayList<Path>();
    var named = environment.get(POSTGRES_PREFIX + major);
    if (named != null) {
      folders.add(Path.of(named));
    }
    folders.add(DEBIAN_POSTGRES.resolve(major + "/bin"));
    folders.add(cache().resolve("engines/postgresql/" + major + "/bin"));
    return folders;
  }

  private Optional<Path> onPath(String program) {
    return List.of(environment.getOrDefault("PATH", "").split(File.pathSeparator)).stream()
        .filter(folder -> !folder.isEmpty())
        .flatMap(folder -> executable(Path.of(folder, program)).stream())
        .findFirst();
  }

  private static Optional<Path> executable(Path file) {
    return Files.isExecutable(file) && !Files.isDirectory(file)
        ? Optional.of(file)
        : Optional.empty();
  }

  private static List<String> children(Path folder) {
    try (var children = Files.list(folder)) {
      return children.map(child -> String.valueOf(child.getFileName())).toList();
    } catch (IOException absent) {
      return List.of();
    }
  }

  private static void addMajor(SortedSet<Integer> majors, String text) {
    if (text.matches("[0-9]{2}")) {
      majors.add(Integer.valueOf(text));
    }
  }

  private static EngineException missing(String message) {
    return new EngineException(Reason.ENGINE_MISSING, message);
  }
}
