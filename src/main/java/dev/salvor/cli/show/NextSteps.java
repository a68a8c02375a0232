package dev.salvor.cli.show;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** What a person may want to do next with a resource, as commands. Pure. */
final class NextSteps {
  private final JsonNode resource;
  private final List<String> steps = new ArrayList<>();

  private NextSteps(JsonNode resource) {
    this.resource = resource;
  }

  static List<String> of(JsonNode resource) {
    var next = new NextSteps(resource);
    switch (resource.path("kind").asText()) {
      case "BackupStore" -> next.store();
      case "BackupPolicy" -> next.policy();
      case "BackupRequest" -> next.backup();
      case "RestoreRequest" -> next.restore();
      default -> {
        // A kind of a newer version: nothing is known of it.
      }
    }
    return List.copyOf(next.steps);
  }

  private void store() {
    if (condition("KeyEscrow").equals("False")) {
      command("store recovery-sheet " + name());
    }
    trouble();
  }

  private void policy() {
    var points = status().path("recoveryPoints");
    var newest = points.path(0);
    trouble();
    if (points.isEmpty()) {
      command("backup " + name() + " --wait");
      return;
    }
    if (!newest.path("verdict").asText().equals("Verified")) {
      command("verify " + name() + " --wait");
    }
    command("restore " + name() + beside() + " --wait");
  }

  /** A restore that touches nothing that is there. */
  private String beside() {
    var source = resource.at("/spec/source");
    var verified =
        status().path("lastVerifiedRestore").path("outcome").asText().equals("Verified")
            ? " --latest-verified"
            : "";
    if (source.has("postgres")) {
      var databases = source.at("/postgres/databases/names");
      var several = databases.size() != 1;
      var database = several ? "NAME" : databases.path(0).asText();
      return verified
          + (several ? " --from-database NAME" : "")
          + " --to-database "
          + ShellWord.of(database + "_copy");
    }
    if (source.has("dockerVolume")) {
      return verified + " --docker-volume NAME --to-docker-volume NAME_copy --create-docker-volume";
    }
    return source.at("/volume").has("claims")
        ? verified + " --claim NAME --to-claim NAME-restored --create-claim"
        : verified + " --to-folder " + ShellWord.of(source.at("/volume/path").asText() + "_copy");
  }

  private void backup() {
    if (isUnderWay()) {
      command("logs " + status().path("run").asText() + " -f");
    } else if (condition("Ready").equals("True")) {
      command("verify " + resource.at("/spec/policyRef/name").asText() + " --wait");
    } else {
      trouble();
    }
  }

  private void restore() {
    if (isUnderWay()) {
      command("logs " + status().path("run").asText() + " -f");
    } else {
      trouble();
      if (status().path("undo").has("command")) {
        steps.add(status().path("undo").path("command").asText());
      }
    }
  }

  private boolean isUnderWay() {
    return !status().path("run").asText().isEmpty()
        && !condition("Ready").equals("True")
        && !condition("Stalled").equals("True");
  }

  private void trouble() {
    if (status().path("failure").isObject()) {
      steps.add("salvor doctor");
    }
  }

  private String condition(String type) {
    return status()
        .path("conditions")
        .valueStream()
        .filter(condition -> condition.path("type").asText().equals(type))
        .map(condition -> condition.path("status").asText())
        .findFirst()
        .orElse("");
  }

  private void command(String words) {
    steps.add("salvor " + words + " -n " + resource.at("/metadata/namespace").asText());
  }

  private String name() {
    return resource.at("/metadata/name").asText();
  }

  private JsonNode status() {
    return resource.path("status");
  }
}
