package dev.salvor.task;

import dev.salvor.api.Model;

/** A host by its name or number, and a TCP port. */
@Model
public record NetworkAddress(String host, int port) {
  @Override
  public String toString() {
    return host + ":" + port;
  }
}
