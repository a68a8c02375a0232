package dev.salvor.engine.restic;

import dev.salvor.engine.process.Command;
import dev.salvor.task.Task.CheckTurn;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The argument lists of restic 0.19, pure. The password goes by a file, keys by the environment of
 * restic alone.
 */
public final class ResticCommands {
  /** Twice a second: enough for people, little to parse. */
  private static final String PROGRESS_PER_SECOND = "2";

  private static final String COMPLAINING_WHERE_RESTIC_DOES =
      "restic=/proc/$PPID/fd/2; (: 2>$restic) 2>/dev/null && exec 2>$restic; exec \"$@\"";

  private final Path program;
  private final ResticSettings settings;

  public ResticCommands(Path program, ResticSettings settings) {
    this.program = program;
    this.settings = settings;
  }

  public Command version() {
    return Command.of(program, "version");
  }

  public Command initialize() {
    return restic("init", List.of());
  }

  public Command config() {
    return restic("cat", List.of("--no-lock", "config"));
  }

  public Command snapshots() {
    // Snapshot files are written whole and removed one by one: a list needs no lock, and a store
    // that is read only or held by maintenance can still say what it has.
    return restic("snapshots", List.of("--no-lock"));
  }

  /**
   * The producer is run by env, which takes restic's secrets from it again: restic hands its whole
   * environment on. It complains where restic does, not through restic, which may end before it has
   * handed on the last words: those that say why.
   */
  public Command backupStream(NewSnapshot about, String path, Command producer) {
    var arguments = new ArrayList<String>();
    arguments.addAll(locked());
    arguments.addAll(about(about));
    arguments.add("--stdin-filename=" + path);
    arguments.add("--stdin-from-command");
    arguments.add("--");
    arguments.add("env");
    for (var name : new TreeSet<>(environment().keySet())) {
      if (!producer.environment().containsKey(name)) {
        arguments.add("--unset=" + name);
      }
    }
    arguments.addAll(List.of("sh", "-c", COMPLAINING_WHERE_RESTIC_DOES, "sh"));
    arguments.addAll(producer.arguments());
    var command = restic("backup", arguments).withEnvironment(producer.environment());
    return producer.directory() == null ? command : command.in(producer.directory());
  }

  /** What comes by standard input. */
  public Command backupInput(NewSnapshot about, String path) {
    var arguments = new ArrayList<String>();
    arguments.addAll(locked());
    arguments.addAll(about(about));
    arguments.add("--stdin-filename=" + path);
    arguments.add("--stdin");
    return restic("backup", arguments);
  }

  public Command backupFolder(NewSnapshot about, Path folder, List<String> names) {
    return backup(about, folder, names, List.of());
  }

  /** Stores trees exactly as they are, and what is mounted in them not. */
  public Command backupTrees(NewSnapshot about, Path folder, List<String> names, Path excludes) {
    return backup(about, folder, names, List.of("--one-file-system", "--exclude-file=" + excludes));
  }

  /**
   * Stores a tree of which some files stand for what the parent holds: it was laid out by Salvor
   * anew, so that inodes and change times say nothing. Tells of each file what became of it.
   */
  public Command backupStaged(NewSnapshot about, Path folder, String name) {
    var options =
        new ArrayList<>(List.of("--ignore-inode", "--ignore-ctime", "--no-scan", "--verbose=2"));
    if (about.parent() == null) {
      // Else it finds one itself, and takes from it what is to be read.
      options.add("--force");
    }
    return backup(about, folder, List.of(name), options);
  }

  private Command backup(NewSnapshot about, Path folder, List<String> names, List<String> options) {
    var arguments = new ArrayList<String>();
    arguments.addAll(locked());
    arguments.addAll(about(about));
    // The folder differs from run to run; grouping by it would never find a parent.
    arguments.add("--group-by=host,paths");
    arguments.addAll(options);
    arguments.add("--");
    arguments.addAll(names);
    return restic("backup", arguments).in(folder);
  }

  /** Reads next to nothing, and takes the lock that a backup takes. */
  public Command lockedList() {
    return restic("list", List.of(lockWait(), "keys"));
  }

  public Command dump(String snapshot, String path) {
    return restic("dump", reading(List.of("--", snapshot, path)));
  }

  public Command dumpZipped(String snapshot, String path) {
    return restic("dump", reading(List.of("--archive=zip", "--", snapshot, path)));
  }

  public Command restore(String snapshot, String path, Path target) {
    // Without --sparse a file with holes takes all the room that it seems to have.
    return restic(
        "restore", reading(List.of("--sparse", "--target=" + target, "--", snapshot + ":" + path)));
  }

  public Command restoreTree(TreeRestore what) {
    var arguments = new ArrayList<>(List.of("--sparse", "--verify"));
    if (what.extras() == TreeRestore.Extras.REMOVED) {
      arguments.add("--delete");
    }
    what.select().forEach(path -> arguments.add("--include=/" + literal(path)));
    if (what.select().isEmpty()) {
      // Both at once restic does not take; what is not selected is not touched anyway.
      what.untouched().forEach(name -> arguments.add("--exclude=/" + literal(name)));
    }
    arguments.add("--target=" + what.target());
    arguments.add("--");
    arguments.add(what.snapshot() + ":" + what.path());
    return restic("restore", reading(arguments));
  }

  /** Not the pattern that restic takes it for (Go's path/filepath.Match). */
  private static String literal(String path) {
    return path.replaceAll("[*?\\[\\\\]", "\\\\$0");
  }

  public Command list(String snapshot) {
    return restic("ls", reading(List.of("--", snapshot)));
  }

  public Command forget(Collection<String> snapshots) {
    var arguments = new ArrayList<>(locked());
    arguments.add("--");
    arguments.addAll(snapshots);
    return restic("forget", arguments);
  }

  public Command prune() {
    return restic("prune", locked());
  }

  public Command check(@Nullable CheckTurn turn) {
    var arguments = new ArrayList<>(locked());
    if (turn != null) {
      arguments.add("--read-data-subset=" + turn.turn() + "/" + turn.turns());
    }
    return restic("check", arguments);
  }

  public Command rawData() {
    return restic("stats", List.of("--no-lock", "--mode=raw-data"));
  }

  public Command repairIndex() {
    return restic("repair", List.of("index", lockWait()));
  }

  /** Restic leaves copies of the packs in its working folder. */
  public Command repairPacks(Collection<String> packs) {
    var arguments = new ArrayList<>(List.of("packs", lockWait(), "--"));
    arguments.addAll(packs);
    return restic("repair", arguments).in(settings.scratch());
  }

  public Command damagedSnapshots() {
    return restic("repair", List.of("snapshots", "--dry-run", lockWait()));
  }

  public Command locks() {
    return restic("list", List.of("--no-lock", "locks"));
  }

  public Command lock(String id) {
    return restic("cat", List.of("--no-lock", "lock", id));
  }

  /** Removes locks that restic holds stale; see {@link UnlockPolicy} for when. */
  public Command unlock() {
    return restic("unlock", List.of());
  }

  private Command restic(String verb, List<String> arguments) {
    var all = new ArrayList<String>();
    all.add(verb);
    all.add("--json");
    settings.options().forEach(option -> all.add("--option=" + option));
    all.addAll(limits());
    all.addAll(arguments);
    return Command.of(program, all).withEnvironment(environment());
  }

  private Map<String, String> environment() {
    var environment = new HashMap<>(settings.secrets());
    environment.put("RESTIC_REPOSITORY", settings.location());
    environment.put("RESTIC_PASSWORD_FILE", settings.passwordFile().toString());
    environment.put("RESTIC_CACHE_DIR", settings.cache().toString());
    environment.put("RESTIC_PROGRESS_FPS", PROGRESS_PER_SECOND);
    environment.put("TMPDIR", settings.scratch().toString());
    environment.put("GOMAXPROCS", String.valueOf(settings.processors()));
    if (settings.certificateAuthority() != null) {
      environment.put("RESTIC_CACERT", settings.certificateAuthority().toString());
    }
    if (settings.memoryBytes() != null) {
      environment.put("GOMEMLIMIT", settings.memoryBytes().toString());
    }
    return environment;
  }

  private List<String> limits() {
    var arguments = new ArrayList<String>();
    var limits = settings.limits();
    if (limits != null) {
      add(arguments, "--limit-upload=", limits.uploadKiBPerSecond());
      add(arguments, "--limit-download=", limits.downloadKiBPerSecond());
      var backend = settings.location().startsWith("s3:") ? "s3" : "local";
      add(arguments, "--option=" + backend + ".connections=", limits.connections());
    }
    return arguments;
  }

  private static void add(List<String> arguments, String option, @Nullable Integer value) {
    if (value != null) {
      arguments.add(option + value);
    }
  }

  private static List<String> about(NewSnapshot about) {
    var arguments = new ArrayList<String>();
    arguments.add("--host=" + about.host());
    about.tags().forEach(tag -> arguments.add("--tag=" + tag));
    if (about.parent() != null) {
      arguments.add("--parent=" + about.parent());
    }
    return arguments;
  }

  private List<String> locked() {
    return List.of(lockWait());
  }

  private List<String> reading(List<String> arguments) {
    var all = new ArrayList<String>();
    all.add(settings.locking() == ResticSettings.Locking.UNLOCKED_READS ? "--no-lock" : lockWait());
    all.addAll(arguments);
    return all;
  }

  private String lockWait() {
    return "--retry-lock=" + seconds(settings.lockWait());
  }

  private static String seconds(Duration duration) {
    return duration.toSeconds() + "s";
  }
}
