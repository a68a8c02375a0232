package dev.salvor.engine.postgres.sandbox;

import dev.salvor.api.Isolation;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What keeps a throw-away server from everything but its own folder: namespaces of its own for
 * network (only a dead loopback), mounts and processes. In it the folder is {@value #HOME}, so that
 * sockets of real servers and daemons, which live there, are out of reach, and so that the path to
 * its own socket is short. The server's user owns the folder and nothing else.
 *
 * <p>What is tried in turn: root makes the namespaces and gives its rights up; an ordinary user
 * makes them by way of a user namespace. Where neither is allowed the server runs unenclosed, and
 * {@link #isolation} says so.
 */
final class Enclosure {
  /** Where the server sees its folder when it has mounts of its own. */
  static final String HOME = "/run";

  /**
   * $1: the kind of server process, $2: passwd file, $3: folder, $4: folder that must stay in sight
   * ("-": none below /tmp). The mounts vanish with the namespace.
   */
  private static final String MOUNTS =
      "mount --bind \"$2\" /etc/passwd && mount --bind \"$3\" /run && cd /run"
          + " && { test \"$4\" != - || mount -t tmpfs -o size=16m,mode=1777 tmpfs /tmp; }"
          + " || exit 125; ";

  /**
   * A server: it ends when standard input does, that is also when the worker is killed. SIGQUIT is
   * PostgreSQL's immediate shutdown; nobody needs the data.
   */
  private static final String SERVE =
      "exec 3<&0; \"$@\" </dev/null 3<&- & server=$!;"
          + " { cat <&3 >/dev/null; kill -QUIT $server; } 2>/dev/null & watch=$!;"
          + " wait $server; status=$?; kill $watch 2>/dev/null; exit $status";

  private static final String RUN = "\"$@\"";

  private static final String SHIFT = "shift 4; ";

  private static final Duration TRIAL = Duration.ofSeconds(20);

  /** How the namespaces are made. */
  private enum Kind {
    /** By root, who then becomes the sandbox's user. */
    ROOT,
    /** In a user namespace, with mounts. */
    USER,
    /** In a user namespace that may not mount. */
    USER_NETWORK,
    /** Not at all: root becomes nobody. */
    NONE_ROOT,
    /** Not at all. */
    NONE
  }

  private final Kind kind;
  private final Programs programs;
  private final SandboxUser user;
  private final Path home;
  private final Path passwd;
  private final Path engines;

  private Enclosure(
      Kind kind, Programs programs, SandboxUser user, Path home, Path passwd, Path engines) {
    this.kind = kind;
    this.programs = programs;
    this.user = user;
    this.home = home;
    this.passwd = passwd;
    this.engines = engines;
  }

  /**
   * The best that this machine allows. The folder is given to the server's user.
   *
   * @param home an empty folder
   * @param engines one of the programs that will run in it
   * @throws EngineException SANDBOX_FAILED
   */
  static Enclosure around(Path home, Path engines, Programs programs, ProcessRunner processes) {
    var root = "root".equals(System.getProperty("user.name"));
    var user = root ? SandboxUser.free() : new SandboxUser(number(home, "unix:uid"));
    var passwd = home.resolveSibling(home.getFileName() + ".passwd");
    try {
      Files.writeString(passwd, user.passwd());
      Files.setPosixFilePermissions(passwd, PosixFilePermissions.fromString("rw-r--r--"));
      Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
      for (var kind : root ? List.of(Kind.ROOT) : List.of(Kind.USER, Kind.USER_NETWORK)) {
        var candidate = new Enclosure(kind, programs, user, home, passwd, engines);
        candidate.own(user.uid());
        if (candidate.works(processes)) {
          return candidate;
        }
      }
      if (!root) {
        return new Enclosure(Kind.NONE, programs, user, home, passwd, engines);
      }
      var nobody = new SandboxUser(NOBODY);
      var last = new Enclosure(Kind.NONE_ROOT, programs, nobody, home, passwd, engines);
      last.own(NOBODY);
      return last;
    } catch (IOException e) {
      throw new EngineException(
          Reason.SANDBOX_FAILED, "the sandbox folder " + home + " cannot be prepared", e);
    }
  }

  /** An account that every Linux has, and that owns nothing. */
  private static final int NOBODY = 65534;

  /** Whether the server's user can get to its folder: without mounts it passes all above it. */
  boolean reaches(Path folder) {
    if (kind != Kind.NONE_ROOT) {
      return true;
    }
    try {
      for (var above = folder.getParent(); above != null; above = above.getParent()) {
        if (!Files.getPosixFilePermissions(above).contains(PosixFilePermission.OTHERS_EXECUTE)) {
          return false;
        }
      }
      return true;
    } catch (IOException unreadable) {
      return false;
    }
  }

  Isolation isolation() {
    return switch (kind) {
      case ROOT, USER, USER_NETWORK -> Isolation.ENFORCED;
      case NONE_ROOT, NONE -> Isolation.NOT_ENFORCED;
    };
  }

  /** The folder as programs in it see it. */
  Path inside() {
    return switch (kind) {
      case ROOT, USER -> Path.of(HOME);
      case USER_NETWORK, NONE_ROOT, NONE -> home;
    };
  }

  /** A program that runs to its end in it. */
  Command run(List<String> arguments) {
    return command(RUN, arguments);
  }

  /** A server in it that ends when its standard input does. */
  Command serve(List<String> arguments) {
    return command(SERVE, arguments);
  }

  private boolean works(ProcessRunner processes) {
    try {
      return processes
          .within(TRIAL)
          .run(run(List.of(programs.onSystem("true").toString())))
          .succeeded();
    } catch (EngineException noUnshare) {
      if (noUnshare.reason() == Reason.ENGINE_MISSING) {
        return false;
      }
      throw noUnshare;
    }
  }

  private Command command(String script, List<String> arguments) {
    var all = new ArrayList<String>();
    var mounts = kind == Kind.ROOT || kind == Kind.USER;
    switch (kind) {
      case ROOT -> all.addAll(namespaces("--mount", "--net"));
      case USER ->
          all.addAll(namespaces("--user", "--map-current-user", "--keep-caps", "--mount", "--net"));
      case USER_NETWORK -> all.addAll(namespaces("--user", "--map-current-user", "--net"));
      case NONE_ROOT, NONE -> {
        // Only the shell that watches standard input.
      }
    }
    all.addAll(
        List.of(
            programs.onSystem("sh").toString(),
            "-c",
            (mounts ? MOUNTS : "cd \"$3\" || exit 125; ") + SHIFT + script,
            "salvor-sandbox",
            kind.name(),
            passwd.toString(),
            home.toString(),
            engines.startsWith("/tmp") ? engines.toString() : "-"));
    all.addAll(lesserRights());
    all.addAll(arguments);
    return new Command(all, Map.of("LC_ALL", "C", "TZ", "UTC"), null);
  }

  private List<String> namespaces(String... some) {
    var all = new ArrayList<String>();
    all.add(programs.onSystem("unshare").toString());
    all.addAll(List.of(some));
    // The first process of a namespace takes all others with it when it ends.
    all.addAll(List.of("--pid", "--fork", "--kill-child=KILL"));
    return all;
  }

  private List<String> lesserRights() {
    var all = new ArrayList<String>();
    all.add(programs.onSystem("setpriv").toString());
    switch (kind) {
      case ROOT, NONE_ROOT ->
          all.addAll(List.of("--reuid=" + user.uid(), "--regid=" + user.uid(), "--clear-groups"));
      case USER -> all.addAll(List.of("--inh-caps=-all", "--ambient-caps=-all"));
      case USER_NETWORK, NONE -> {
        // An ordinary user has no more rights to give up.
      }
    }
    all.add("--no-new-privs");
    all.add("--");
    return all;
  }

  private void own(int uid) throws IOException {
    if (kind == Kind.ROOT || kind == Kind.NONE_ROOT) {
      Files.setAttribute(home, "unix:uid", uid);
      Files.setAttribute(home, "unix:gid", uid);
    }
  }

  private static int number(Path path, String attribute) {
    try {
      return (Integer) Files.getAttribute(path, attribute);
    } catch (IOException e) {
      throw new EngineException(
          Reason.SANDBOX_FAILED, "the sandbox folder " + path + " cannot be read", e);
    }
  }

  /** Only for messages and tests. */
  @Nullable Integer uid() {
    return kind == Kind.ROOT || kind == Kind.NONE_ROOT ? user.uid() : null;
  }
}
