package dev.salvor.local.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Stands in for {@code salvor worker}: a shell script that keeps to the same contract. What it does
 * is said in files of its folder, so that a test can change it while it runs.
 */
final class FakeWorker {
  /**
   * Notes each start, waits while there is a file {@code hold} or one for its kind, then reports
   * what it is told.
   */
  private static final String SCRIPT =
      """
      folder=$1
      run=$(printf '%s' "$SALVOR_TASK" | sed 's/.*"run":"\\([^"]*\\)".*/\\1/')
      kind=$(printf '%s' "$SALVOR_TASK" | sed 's/.*"task":"\\([A-Za-z]*\\)".*/\\1/')
      printf '%s %s %s\\n' "$kind" "$run" "$$" >> "$folder/starts"
      trap 'echo interrupted >> "$folder/starts"; exit 130' TERM
      cp -r "$SALVOR_CREDENTIALS" "$folder/seen-$run-$kind"
      echo "$SALVOR_SCRATCH $SALVOR_SANDBOX" > "$folder/folders"
      : > "$SALVOR_SANDBOX/$kind"
      [ "$kind" != Fetch ] || mkdir -p "$SALVOR_SANDBOX/server"
      printf '%s' "$SALVOR_TASK" > "$folder/task-$kind"
      ls "$SALVOR_SANDBOX" > "$folder/sandbox-$kind"
      [ ! -e "$folder/engine" ] || { sleep 300 & echo $! > "$folder/engine"; }
      while [ -e "$folder/hold" ] || [ -e "$folder/hold-$kind" ]; do sleep 0.05; done
      [ ! -e "$folder/die" ] || kill -9 $$
      [ ! -e "$folder/silent" ] || { echo 'the engine said no'; exit 1; }
      [ ! -e "$folder/report-$kind" ] || cp "$folder/report-$kind" "$SALVOR_REPORT"
      exit 0
      """;

  private final Path folder;

  FakeWorker(Path folder) {
    this.folder = folder;
  }

  WorkerCommand command() {
    return new WorkerCommand(List.of("/bin/sh", "-c", SCRIPT, "fake-worker", folder.toString()));
  }

  void reports(String task, String outcome) throws IOException {
    Files.writeString(
        folder.resolve("report-" + task),
        """
        {"run": "any", "outcome": "%s", "started": "2026-11-22T18:00:00Z",
         "finished": "2026-11-22T18:00:01Z"}
        """
            .formatted(outcome));
  }

  /** Switches something on: hold, hold-KIND, die, silent, engine. */
  void set(String what) throws IOException {
    Files.writeString(folder.resolve(what), "");
  }

  void unset(String what) throws IOException {
    Files.deleteIfExists(folder.resolve(what));
  }

  List<String> starts() throws IOException {
    var file = folder.resolve("starts");
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  String text(String file) throws IOException {
    var path = folder.resolve(file);
    return Files.exists(path) ? Files.readString(path).strip() : "";
  }

  Path path(String file) {
    return folder.resolve(file);
  }
}
