package dev.salvor.testing;

import static org.awaitility.Awaitility.await;

import dev.salvor.engine.process.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A running systemd, in namespaces of its own but for the network, that runs one unit as it stands
 * in its file. It sees this machine's files, with folders in memory over /run and /var/lib.
 */
public final class Systemd implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What units of the system depend on by themselves. */
  private static final List<String> TARGETS =
      List.of("sysinit", "basic", "shutdown", "network-online");

  /**
   * Of one hierarchy, or of several as they were before.
   *
   * @see <a href="https://man7.org/linux/man-pages/man7/cgroups.7.html">cgroups(7)</a>
   */
  private static final String HIERARCHIES =
      "if [ -e /sys/fs/cgroup/cgroup.procs ]; then all=/sys/fs/cgroup; else"
          + " all=$(ls -d /sys/fs/cgroup/*); fi\n";

  /** In a control group of its own everywhere, which it then takes for the root. */
  private static final String OUTSIDE =
      HIERARCHIES
          + """
          for hierarchy in $all; do
            mkdir "$hierarchy/$1" && echo $$ > "$hierarchy/$1/cgroup.procs" || true
          done
          exec unshare --mount --pid --ipc --uts --cgroup --fork --kill-child sh -e -c "$2" sh "$3" "$4" "$5"
          """;

  private static final String INSIDE =
      """
      mount --make-rprivate /
      mount -t proc proc /proc
      mount -t tmpfs tmpfs /run
      mount -t tmpfs tmpfs /var/lib
      if [ -e /sys/fs/cgroup/cgroup.procs ]; then
        mount -t cgroup2 cgroup2 /sys/fs/cgroup
      else
        mount -t tmpfs tmpfs /sys/fs/cgroup
        mkdir /sys/fs/cgroup/systemd
        mount -t cgroup -o none,name=systemd systemd /sys/fs/cgroup/systemd
      fi
      libraries=$(ls -d "$1"/usr/lib/*-linux-gnu "$1"/lib/*-linux-gnu "$1"/lib/*-linux-gnu/systemd | tr '\\n' :)
      exec env -i container=salvor PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_UNIT_PATH="$2" \
        LD_LIBRARY_PATH="$libraries" "$1/lib/systemd/systemd" \
        --system --unit="$3" --log-target=console --show-status=no
      """;

  private final String group;
  private final Process process;

  private Systemd(String group, Process process) {
    this.group = group;
    this.process = process;
  }

  /**
   * Starts it, and with it the unit.
   *
   * @param folder a new one, where its log will be
   * @param override as {@code systemctl edit} would lay it beside the unit
   */
  public static Systemd start(Path folder, Path unit, String override) {
    var name = unit.getFileName().toString();
    var group = "salvor-test-" + ProcessHandle.current().pid();
    try {
      var units = Files.createDirectories(folder.resolve("units"));
      Files.copy(unit, units.resolve(name));
      Files.writeString(
          Files.createDirectory(units.resolve(name + ".d")).resolve("override.conf"), override);
      for (var target : TARGETS) {
        Files.writeString(units.resolve(target + ".target"), "[Unit]\nDefaultDependencies=no\n");
      }
      var programs = Programs.here().cache().resolve("test/systemd/debian").toString();
      var command =
          List.of("sh", "-c", OUTSIDE, "sh", group, INSIDE, programs, units.toString(), name);
      return new Systemd(
          group,
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log").toFile())
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What runs under it, as this machine numbers it. */
  public List<ProcessHandle> processes() {
    return process.descendants().toList();
  }

  /** Kills all of it. */
  @Override
  public void close() {
    var all = processes();
    process.destroyForcibly();
    await()
        .atMost(PATIENCE)
        .until(() -> !process.isAlive() && all.stream().noneMatch(ProcessHandle::isAlive));
    Script.run(
        HIERARCHIES
            + """
            for hierarchy in $all; do
              if [ -d "$hierarchy/%1$s" ]; then
                find "$hierarchy/%1$s" -depth -type d -exec rmdir {} +
              fi
            done
            """
                .formatted(group),
        Path.of("/"));
  }
}
