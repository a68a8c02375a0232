package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.salvor.api.Model;

/**
 * Who writes in a repository: a policy pruned and applied again is the same owner (its uid is
 * information only).
 *
 * @param cluster uid of the namespace kube-system; on one machine a generated one
 */
@Model
public record Owner(String cluster, String namespace, String name) {

  /** The stable {@code --host} of every snapshot: what restic groups and finds parents by. */
  @JsonIgnore
  public String host() {
    return namespace + "/" + name;
  }

  /** As tags and messages write it. */
  public String text() {
    return cluster + "/" + namespace + "/" + name;
  }
}
