package dev.salvor.local.run;

import dev.salvor.api.Reason;
import dev.salvor.local.docker.Docker;
import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.plan.ContainerServer;
import dev.salvor.plan.ContainerServer.Password;
import dev.salvor.plan.ContainerServer.Reachable;
import dev.salvor.task.CredentialSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What a Secret would hold of a server, found out from its container. It goes into the folder of
 * one task's credentials and nowhere else.
 */
record ServerKeys(Docker docker) {
  /** Passwords are short; a larger file is something else. */
  private static final int LARGEST_FILE = 4096;

  /**
   * Looks at the container as it is now.
   *
   * @throws RunRefused SOURCE_UNREACHABLE where Docker does not answer or the container does not
   *     run; CONTAINER_UNUSABLE naming what could not be found out
   */
  Map<String, byte[]> of(CredentialSource.Container source) {
    try {
      var found = docker.containers(source);
      return switch (ContainerServer.find(source, found, docker.daemon())) {
        case ContainerServer.Unusable(var failure) -> throw new RunRefused(failure);
        case Reachable server -> keys(source, server);
      };
    } catch (DockerUnreachable e) {
      throw new RunRefused(
          Reason.SOURCE_UNREACHABLE.failure(
              "Docker cannot be asked for " + source.text() + ". " + e.why()));
    }
  }

  private static Map<String, byte[]> keys(CredentialSource.Container source, Reachable server) {
    var keys = new HashMap<String, byte[]>();
    keys.put("uri", bytes("postgresql://" + String.join(",", server.addresses())));
    if (server.user() != null) {
      keys.put("username", bytes(server.user()));
    }
    if (server.database() != null) {
      keys.put("database", bytes(server.database()));
    }
    switch (server.password()) {
      case Password.Text(var value) -> keys.put("password", bytes(value));
      case Password.InFile(var file, var named) ->
          keys.put("password", read(source, Path.of(file), named));
      case Password.None none -> {}
    }
    return keys;
  }

  private static byte[] read(CredentialSource.Container source, Path file, String named) {
    try (var stream = Files.newInputStream(file)) {
      var read = stream.readNBytes(LARGEST_FILE + 1);
      if (read.length <= LARGEST_FILE) {
        return read;
      }
      throw unreadable(source, named, "it is no password");
    } catch (IOException e) {
      throw unreadable(source, named, e.toString());
    }
  }

  private static RunRefused unreadable(
      CredentialSource.Container source, String named, String why) {
    return new RunRefused(
        Reason.CONTAINER_UNUSABLE.failure(
            "The password of "
                + source.text()
                + " stands in "
                + named
                + " in it, which cannot be read on this machine ("
                + why
                + "): set connection.user and connection.passwordSecretRef beside it."));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
