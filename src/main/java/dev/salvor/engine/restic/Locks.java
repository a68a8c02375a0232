package dev.salvor.engine.restic;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.ProcessRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes what dead runs left, by the {@link UnlockPolicy} and never otherwise. */
final class Locks {
  private static final Logger LOG = LoggerFactory.getLogger(Locks.class);
  private static final Pattern ID = Pattern.compile("^[0-9a-f]{64}$");

  private final ResticCommands commands;
  private final ProcessRunner runner;
  private final Neighbourhood neighbourhood;
  private final Clock clock;

  Locks(ResticCommands commands, ProcessRunner runner, Neighbourhood neighbourhood, Clock clock) {
    this.commands = commands;
    this.runner = runner;
    this.neighbourhood = neighbourhood;
    this.clock = clock;
  }

  /** After exit 11 only. */
  void removeStale() {
    neighbourhood.during(
        neighbours -> {
          var locks = held();
          var hostname = hostname();
          var now = clock.instant();
          if (UnlockPolicy.helps(locks, hostname, now)
              && UnlockPolicy.allows(locks, hostname, now, neighbours, Locks::processExists)) {
            LOG.atInfo().addKeyValue("locks", locks.size()).log("stale locks are removed");
            runner.run(commands.unlock());
          }
        });
  }

  /** Those that could be read: one that is gone by now holds nothing up. */
  private List<RepositoryLock> held() {
    var locks = new ArrayList<RepositoryLock>();
    runner
        .run(commands.locks())
        .output()
        .lines()
        .filter(line -> ID.matcher(line).matches())
        .forEach(id -> read(commands.lock(id), locks));
    return locks;
  }

  private void read(Command command, List<RepositoryLock> locks) {
    var completed = runner.run(command);
    if (completed.succeeded()) {
      try {
        locks.add(Json.mapper().readValue(completed.output(), RepositoryLock.class));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("a lock of restic cannot be read", e);
      }
    }
  }

  /** As the kernel says it, and so as restic writes it. */
  static String hostname() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      throw new IllegalStateException("the kernel does not say its hostname", e);
    }
  }

  private static boolean processExists(int pid) {
    return ProcessHandle.of(pid).isPresent();
  }
}
