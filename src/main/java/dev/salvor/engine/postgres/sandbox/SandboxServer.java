package dev.salvor.engine.postgres.sandbox;

import dev.salvor.api.Isolation;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Programs;
import dev.salvor.engine.process.Service;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * A throw-away PostgreSQL of the source's major, on a Unix socket only, under a user of its own and
 * without network where the machine allows. It ends when it is closed, when the run is ended, and
 * when the worker is killed: its supervisor sees the end of its standard input.
 */
public final class SandboxServer implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** sockaddr_un holds 108 bytes, the last one zero; Java leaves one more unused. */
  private static final int SOCKET_PATH_BYTES = 106;

  /** Where paths are short and every user may pass. */
  private static final Path ELSEWHERE = Path.of("/tmp");

  /** Line of postmaster.pid that says how far the server is. */
  private static final int STATUS_LINE = 7;

  private static final Pattern MISSING_LIBRARY =
      Pattern.compile("could not access file \"([^\"]+)\"");

  private final Path home;
  private final Service service;
  private final Enclosure enclosure;
  private final SandboxSettings settings;
  private final Set<String> missingLibraries;

  private SandboxServer(
      Path home,
      Service service,
      Enclosure enclosure,
      SandboxSettings settings,
      Set<String> missingLibraries) {
    this.home = home;
    this.service = service;
    this.enclosure = enclosure;
    this.settings = settings;
    this.missingLibraries = Set.copyOf(missingLibraries);
  }

  /**
   * Makes and starts one. On failure nothing runs; its folder may be left in the scratch folder.
   * Libraries that are not on this machine are left out of the preload: an extension that needs one
   * then says so itself.
   *
   * @throws EngineException SANDBOX_FAILED, NO_CLIENT_FOR_SERVER if the major is not here
   */
  public static SandboxServer start(
      Path scratch, SandboxSettings settings, Programs programs, ProcessRunner processes) {
    var initdb = programs.postgres(settings.major(), "initdb");
    var postgres = programs.postgres(settings.major(), "postgres");
    var home = newFolder(scratch);
    var enclosure = Enclosure.around(home, initdb, programs, processes);
    if (!enclosure.reaches(home)) {
      SandboxFolders.delete(home);
      home = newFolder(ELSEWHERE);
      enclosure = Enclosure.around(home, initdb, programs, processes);
    }
    var data = enclosure.inside().resolve("data");
    var made = processes.run(enclosure.run(arguments(initdb, settings.initdb(data))));
    if (!made.succeeded()) {
      throw new EngineException(
          Reason.SANDBOX_FAILED.failure(
              "initdb of PostgreSQL " + settings.major() + " failed", made.errorTail()));
    }
    var missing = new LinkedHashSet<String>();
    while (true) {
      var wanted = settings.without(missing);
      var service =
          processes.serve(
              enclosure.serve(arguments(postgres, wanted.postgres(data, enclosure.inside()))));
      if (ready(home, service, processes.deadline())) {
        return new SandboxServer(home, service, enclosure, wanted, missing);
      }
      var said = service.errorTail();
      service.close();
      if (!leaveOut(said, wanted, missing)) {
        throw new EngineException(
            Reason.SANDBOX_FAILED.failure(
                "the throw-away server of PostgreSQL " + settings.major() + " did not start",
                said));
      }
    }
  }

  /** Of libpq and JDBC; no password is asked for. */
  public Path socketFolder() {
    return home;
  }

  public int port() {
    return SandboxSettings.PORT;
  }

  public String superuser() {
    return settings.bootstrapUser();
  }

  public Isolation isolation() {
    return enclosure.isolation();
  }

  /** Libraries that the source preloads and this machine lacks. */
  public Set<String> missingLibraries() {
    return missingLibraries;
  }

  /** Whether it still runs: a server that died proves nothing. */
  public boolean isAlive() {
    return service.isAlive();
  }

  /** The last of what it wrote. */
  public String log() {
    return service.errorTail();
  }

  @Override
  public void close() {
    service.close();
    SandboxFolders.delete(home);
    SandboxFolders.delete(home.resolveSibling(home.getFileName() + ".passwd"));
  }

  private static List<String> arguments(Path program, List<String> rest) {
    var all = new ArrayList<String>();
    all.add(program.toString());
    all.addAll(rest);
    return all;
  }

  private static boolean ready(Path home, Service service, Deadline deadline) {
    var until = deadline.within(START);
    var pidFile = home.resolve("data/postmaster.pid");
    while (service.isAlive() && !until.remaining().isZero()) {
      if (Thread.currentThread().isInterrupted()) {
        service.close();
        throw new EngineException(Reason.INTERRUPTED, "the run is ended from outside");
      }
      try {
        var lines = Files.exists(pidFile) ? Files.readAllLines(pidFile) : List.<String>of();
        if (lines.size() > STATUS_LINE && lines.get(STATUS_LINE).strip().equals("ready")) {
          return true;
        }
      } catch (IOException halfWritten) {
        // Read again.
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return false;
  }

  /** Whether a library that is not here was found among those wanted, and is now left out. */
  private static boolean leaveOut(String said, SandboxSettings settings, Set<String> missing) {
    var matcher = MISSING_LIBRARY.matcher(said);
    var found = false;
    while (matcher.find()) {
      if (settings.preloadLibraries().contains(matcher.group(1))) {
        found |= missing.add(matcher.group(1));
      }
    }
    return found;
  }

  /** Whether the path of a server's socket in it is short enough for a socket. */
  public static boolean hasRoomForSocket(Path folder) {
    return folder
            .resolve(".s.PGSQL." + SandboxSettings.PORT)
            .toString()
            .getBytes(StandardCharsets.UTF_8)
            .length
        <= SOCKET_PATH_BYTES;
  }

  private static Path newFolder(Path scratch) {
    var readable = PosixFilePermissions.fromString("rwx------");
    try {
      var folder =
          Files.createTempDirectory(scratch, "pg", PosixFilePermissions.asFileAttribute(readable));
      if (hasRoomForSocket(folder)) {
        return folder;
      }
      Files.delete(folder);
      return Files.createTempDirectory(
          ELSEWHERE, "salvor-pg", PosixFilePermissions.asFileAttribute(readable));
    } catch (IOException e) {
      throw new EngineException(
          Reason.SANDBOX_FAILED, "no sandbox folder can be made in " + scratch, e);
    }
  }
}
