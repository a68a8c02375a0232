package dev.salvor.local.run;

import dev.salvor.local.state.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A process beyond doubt: numbers are given again, but not within one boot with the same start
 * time.
 *
 * @param pid its number, and that of its session
 * @param startTicks start in clock ticks since boot (field 22 of proc_pid_stat(5))
 * @param boot the kernel's boot_id
 */
public record ProcessIdentity(long pid, long startTicks, String boot) {
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

  /** Stands in a claim that a host took so that nobody else does. */
  static final ProcessIdentity NOBODY = new ProcessIdentity(0, 0, "none");

  /** Reads what {@link WorkerProcess} lets a child write of itself; empty if there is no file. */
  static Optional<ProcessIdentity> read(Path claim) {
    return DurableFile.read(claim)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip().split(" ", -1))
        .filter(words -> words.length == 3)
        .map(
            words ->
                new ProcessIdentity(Long.parseLong(words[0]), Long.parseLong(words[1]), words[2]));
  }

  String text() {
    return pid + " " + startTicks + " " + boot + "\n";
  }

  /** Whether it still runs. One that ended and was not yet waited for does not. */
  boolean isAlive() {
    return boot.equals(currentBoot())
        && stat(pid)
            .filter(stat -> stat.startTicks == startTicks && stat.state != 'Z' && stat.state != 'X')
            .isPresent();
  }

  /**
   * Processes of its session, which outlive a worker that was killed: its engines. The kernel gives
   * a number to no new process while a session bears it.
   */
  List<ProcessHandle> session() {
    if (pid == 0 || !boot.equals(currentBoot())) {
      return List.of();
    }
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != pid)
        .filter(
            process ->
                stat(process.pid())
                    .filter(stat -> stat.session == pid && stat.state != 'Z')
                    .isPresent())
        .toList();
  }

  /** Asks it to end. */
  void terminate() {
    if (isAlive()) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
    }
  }

  /** Kills it and its session. */
  void kill() {
    session().forEach(ProcessHandle::destroyForcibly);
    if (isAlive()) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  static String currentBoot() {
    try {
      return Files.readString(BOOT).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  private record Stat(char state, long session, long startTicks) {}

  private static Optional<Stat> stat(long pid) {
    try {
      var text = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      // The second field is the program's name in parentheses and may hold anything.
      var fields = text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
      return Optional.of(
          new Stat(fields[0].charAt(0), Long.parseLong(fields[3]), Long.parseLong(fields[19])));
    } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
      return Optional.empty(); // it has ended
    }
  }
}
