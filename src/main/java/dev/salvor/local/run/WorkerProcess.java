package dev.salvor.local.run;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Starts workers so that each task is begun at most once, however often hosts are killed: the child
 * first writes who it is and links that to the task's claim, in one step; whoever comes second
 * leaves. It then becomes the worker, in a session of its own, so that a Ctrl-C at the host's
 * terminal reaches the host alone and all its engines can be found.
 */
final class WorkerProcess {
  /** The task is another's. */
  static final int NOT_OURS = 75;

  /** Arguments: claim, worker's words. Field 22 of proc_pid_stat(5) is the start time. */
  private static final String CLAIM_AND_BECOME =
      """
      claim=$1
      shift
      start() { shift 19; printf '%s' "$1"; }
      stat=$(cat /proc/$$/stat)
      set -f
      printf '%s %s %s\\n' $$ "$(start ${stat##*) })" "$(cat /proc/sys/kernel/random/boot_id)" \
      > "$claim.$$.tmp" || exit 73
      ln "$claim.$$.tmp" "$claim" 2>/dev/null
      taken=$?
      rm -f "$claim.$$.tmp"
      [ $taken -eq 0 ] || exit 75
      exec setsid "$@"
      """;

  /**
   * What a worker has of the host's variables: any other may hold a Secret ({@code env:}), of
   * another policy too, and each engine and each server of a proof would have it (SAFETY 17).
   * Engines get none of {@code SALVOR_}.
   */
  private static final Set<String> INHERITED =
      Set.of(
          "PATH",
          "HOME",
          "TMPDIR",
          "TZ",
          "LANG",
          "XDG_CACHE_HOME",
          "JAVA_TOOL_OPTIONS",
          "JDK_JAVA_OPTIONS",
          "SSL_CERT_FILE",
          "SSL_CERT_DIR",
          "HTTP_PROXY",
          "HTTPS_PROXY",
          "NO_PROXY",
          "http_proxy",
          "https_proxy",
          "no_proxy");

  private static final List<String> INHERITED_KINDS = List.of("SALVOR_", "LC_");

  private WorkerProcess() {}

  /** The variables that a worker may have of those of its host. */
  static Map<String, String> inherited(Map<String, String> host) {
    return host.entrySet().stream()
        .filter(
            variable ->
                INHERITED.contains(variable.getKey())
                    || INHERITED_KINDS.stream().anyMatch(variable.getKey()::startsWith))
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /**
   * Starts a worker.
   *
   * @param environment besides what it has of the host's own
   * @throws IOException if no process could be started
   */
  static Process start(
      WorkerCommand command, Path folder, Path claim, Path log, Map<String, String> environment)
      throws IOException {
    var words = new ArrayList<>(List.of("/bin/sh", "-c", CLAIM_AND_BECOME, "salvor-worker"));
    words.add(claim.toString());
    words.addAll(command.words());
    var builder =
        new ProcessBuilder(words)
            .directory(folder.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    var inherited = inherited(builder.environment());
    builder.environment().clear();
    builder.environment().putAll(inherited);
    builder.environment().putAll(environment);
    return builder.start();
  }
}
