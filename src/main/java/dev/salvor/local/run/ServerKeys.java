package dev.salvor.local.run;

import dev.salvor.api.Reason;
import dev.salvor.local.docker.ContainerFile;
import dev.salvor.local.docker.Docker;
import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.plan.ContainerServer;
import dev.salvor.plan.ContainerServer.Password;
import dev.salvor.plan.ContainerServer.Reachable;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * What a Secret would hold of a server, found out from its container. It goes into the folder of
 * one task's credentials and nowhere else.
 */
record ServerKeys(Docker docker) {
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
        case Reachable server -> keys(server);
      };
    } catch (DockerUnreachable e) {
      throw new RunRefused(
          Reason.SOURCE_UNREACHABLE.failure(
              "Docker cannot be asked for " + source.text() + ". " + e.why()));
    }
  }

  private Map<String, byte[]> keys(Reachable server) {
    var keys = new HashMap<String, byte[]>();
    keys.put("uri", bytes("postgresql://" + String.join(",", server.addresses())));
    if (server.user() != null) {
      keys.put("username", bytes(server.user()));
    }
    if (server.database() != null) {
      keys.put("database", bytes(server.database()));
    }
    if (server.dataFolder() != null) {
      keys.put(Credential.DATA_FOLDER, bytes(server.dataFolder()));
    }
    switch (server.password()) {
      case Password.Text(var value) -> keys.put("password", bytes(value));
      case Password.InFile(var container, var path) -> keys.put("password", read(container, path));
      case Password.None none -> {}
    }
    return keys;
  }

  private byte[] read(String container, String path) {
    return switch (docker.file(container, path)) {
      case ContainerFile.Content(var text) -> bytes(text);
      case ContainerFile.Unreadable(var why) ->
          throw new RunRefused(
              Reason.CONTAINER_UNUSABLE.failure(
                  "Container '"
                      + container
                      + "': its password stands in "
                      + path
                      + ", which cannot be read: "
                      + why
                      + ". Set connection.user and connection.passwordSecretRef beside it."));
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
