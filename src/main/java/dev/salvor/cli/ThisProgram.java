package dev.salvor.cli;

import dev.salvor.local.run.WorkerCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;

/** How this very program is started once more. */
final class ThisProgram {
  /** Flags that the launcher wrote beside the jar: a worker starts as fast as this process. */
  private static final String FLAGS = "java.args";

  private ThisProgram() {}

  /** Starts a worker with the same Java and the same classes. */
  static WorkerCommand worker() {
    var words = new ArrayList<String>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    var classes = System.getProperty("java.class.path");
    if (classes.endsWith(".jar") && !classes.contains(":")) {
      var jar = Path.of(classes).toAbsolutePath();
      var flags = jar.resolveSibling(FLAGS);
      if (Files.isRegularFile(flags)) {
        words.add("@" + flags);
      }
      words.add("-jar");
      words.add(jar.toString());
    } else {
      words.add("-cp");
      words.add(classes);
      words.add(Main.class.getName());
    }
    words.add("worker");
    return new WorkerCommand(words);
  }
}
