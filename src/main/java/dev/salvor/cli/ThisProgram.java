package dev.salvor.cli;

import dev.salvor.local.run.WorkerCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How this very program is started once more. */
final class ThisProgram {
  /** Flags that the launcher wrote beside the jar: a worker starts as fast as this process. */
  private static final String FLAGS = "worker.args";

  private ThisProgram() {}

  /** Starts a worker with the same Java and the same classes. */
  static WorkerCommand worker() {
    var words = new ArrayList<String>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // One jar that names the others in its manifest, or folders and jars when run from a build.
    var classes = System.getProperty("java.class.path");
    var flags = Path.of(classes.split(":", 2)[0]).toAbsolutePath().resolveSibling(FLAGS);
    if (Files.isRegularFile(flags)) {
      words.add("@" + flags);
    }
    words.addAll(List.of("-cp", classes, Main.class.getName(), "worker"));
    return new WorkerCommand(words);
  }
}
