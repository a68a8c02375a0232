package dev.salvor.cli;

import dev.salvor.testing.DockerDaemon;
import java.io.IOException;
import java.nio.file.Files;

/** Who is killed: by kill -9, all at once. */
enum Killed {
  HOST,
  WORKERS,
  HOST_AND_WORKERS,
  DOCKER,
  MACHINE;

  /** Docker is there again afterwards; a host is not. */
  void kill(Process host, DockerDaemon docker, OneMachine machine) throws IOException {
    var workers = host.children().toList();
    var engines = host.descendants().toList();
    switch (this) {
      case HOST -> host.destroyForcibly().onExit().join();
      case WORKERS -> workers.forEach(ProcessHandle::destroyForcibly);
      case HOST_AND_WORKERS -> {
        host.destroyForcibly().onExit().join();
        workers.forEach(ProcessHandle::destroyForcibly);
      }
      case DOCKER -> docker.crash();
      case MACHINE -> {
        docker.kill();
        host.destroyForcibly().onExit().join();
        engines.forEach(ProcessHandle::destroyForcibly);
        ofAnotherBoot(machine);
        docker.startAgain();
      }
    }
  }

  /** Numbers of processes are given again after that. */
  private static void ofAnotherBoot(OneMachine machine) throws IOException {
    try (var files = Files.walk(machine.state().resolve("runs"))) {
      for (var claim :
          files.filter(file -> file.getFileName().toString().startsWith("claim-")).toList()) {
        var words = Files.readString(claim).strip().split(" ", -1);
        Files.writeString(
            claim, ProcessHandle.current().pid() + " " + words[1] + " another-boot\n");
      }
    }
  }
}
