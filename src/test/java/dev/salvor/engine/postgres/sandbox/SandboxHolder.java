package dev.salvor.engine.postgres.sandbox;

import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Programs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A process of its own that starts a throw-away server, says so, and waits to be killed. */
final class SandboxHolder {
  private SandboxHolder() {}

  /**
   * Never ends by itself before a minute has passed.
   *
   * @param arguments scratch folder, major version
   */
  public static void main(String[] arguments) throws InterruptedException {
    var server =
        SandboxServer.start(
            Path.of(arguments[0]),
            new SandboxSettings(Integer.parseInt(arguments[1]), "boss", List.of(), "postgres"),
            Programs.here(),
            new ProcessRunner(System.getenv(), Deadline.after(Duration.ofMinutes(1))));
    System.out.println(server.isolation() + " " + server.socketFolder());
    Thread.sleep(Duration.ofMinutes(1));
    server.close();
  }
}
