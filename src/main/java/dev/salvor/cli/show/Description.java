package dev.salvor.cli.show;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.plan.ByteCount;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Everything about one resource that a person wants to know when something is wrong. */
public final class Description {
  private final JsonNode resource;
  private final List<JsonNode> events;
  private final Ink ink;
  private final Instant now;
  private final StringBuilder text = new StringBuilder();

  private Description(JsonNode resource, List<JsonNode> events, Ink ink, Instant now) {
    this.resource = resource;
    this.events = events;
    this.ink = ink;
    this.now = now;
  }

  /**
   * All of it.
   *
   * @param events about the resource
   */
  public static String of(JsonNode resource, List<JsonNode> events, Ink ink, Instant now) {
    var description = new Description(resource, events, ink, now);
    description.head();
    description.conditions();
    description.failure();
    description.facts();
    description.source();
    description.hosted();
    description.plan();
    description.runs();
    description.points();
    description.events();
    description.nextSteps();
    return description.text.toString();
  }

  private void head() {
    var metadata = resource.path("metadata");
    line("Name", metadata.path("name").asText());
    line("Namespace", metadata.path("namespace").asText());
    line("Kind", resource.path("kind").asText());
    line("Generation", metadata.path("generation").asText());
    line("Created", metadata.path("creationTimestamp").asText());
  }

  private void conditions() {
    var table = new Table(List.of("  TYPE", "STATUS", "SINCE", "REASON", "MESSAGE"));
    status()
        .path("conditions")
        .forEach(
            condition ->
                table.row(
                    List.of(
                        "  " + condition.path("type").asText(),
                        condition.path("status").asText(),
                        age(condition.path("lastTransitionTime")),
                        condition.path("reason").asText(),
                        condition.path("message").asText())));
    section("Conditions", table.toString());
  }

  private void failure() {
    var failure = status().path("failure");
    if (failure.isObject()) {
      text.append("Failure:\n");
      line("  Reason", failure.path("reason").asText());
      line("  Message", failure.path("message").asText());
      line("  What to do", failure.path("hint").asText());
      failure
          .path("logTail")
          .asText()
          .lines()
          .forEach(tail -> text.append("    | ").append(tail).append('\n'));
    }
  }

  private void facts() {
    line("Next run", status().path("nextRun").asText());
    verdict("Last verified restore", status().path("lastVerifiedRestore"));
    verdict("Last verification", status().path("lastVerification"));
    verdict("Verdict", status().path("verdict"));
    line("Restored point", status().path("resolved").path("recoveryPoint").asText());
    line("Recovery point", status().path("recoveryPoint").asText());
    line("Kept database", status().path("undo").path("keptDatabase").asText());
    line("Kept until", status().path("undo").path("keptUntil").asText());
    line("Gone since", status().path("undo").path("dropped").asText());
    line("What became of it", status().path("undo").path("note").asText());
    line("To take it back", status().path("undo").path("command").asText());
    status().path("warnings").forEach(warning -> line("Warning", warning.asText()));
    status()
        .path("lastSuccess")
        .path("warnings")
        .forEach(warning -> line("Warning", warning.asText()));
  }

  /** What a policy's pointer was found to mean. */
  private void source() {
    var found = status().path("source");
    var project = found.path("selfHosted");
    if (project.isObject()) {
      var table = new Table(List.of("  PART", "WHERE"));
      part(table, "database", server(project.at("/database/connection")));
      part(table, "storage", place(project.at("/storage/place")));
      part(table, "key", place(project.at("/key/place")));
      project
          .path("files")
          .forEach(files -> part(table, files.path("name").asText(), place(files.path("place"))));
      part(table, "configuration", configuration(project.path("configuration")));
      section("Found", table.toString());
      found.path("leftOut").forEach(text -> line("Left out", text.asText()));
      var images = new Table(List.of("  SERVICE", "IMAGE", "DIGEST"));
      found
          .path("images")
          .forEach(
              image ->
                  images.row(
                      List.of(
                          "  " + image.path("service").asText(),
                          image.path("image").asText(),
                          image.path("digest").asText())));
      section("Images", images.toString());
    }
  }

  /** What the newest complete point of a hosted project says of what it cannot hold. */
  private void hosted() {
    var hosted = status().at("/lastSuccess/hosted");
    var provider = hosted.path("providersBackup");
    if (provider.isTextual()) {
      line("Supabase's own backup", provider.asText() + ", " + age(provider) + " ago");
    }
    hosted.path("toEnterAnew").forEach(text -> line("To be entered anew", text.asText()));
  }

  private static void part(Table table, String name, String where) {
    if (!where.isEmpty()) {
      table.row(List.of("  " + name, where));
    }
  }

  private static String server(JsonNode connection) {
    var service = connection.path("composeService");
    return service.isObject()
        ? "service " + service.path("service").asText() + " of " + service.path("project").asText()
        : Stream.of("container", "host")
            .map(field -> connection.path(field).asText())
            .filter(text -> !text.isEmpty())
            .findFirst()
            .orElse("as spelled out");
  }

  private static String place(JsonNode place) {
    var claim = place.path("claim");
    if (claim.isObject()) {
      return "claim "
          + claim.path("name").asText()
          + (claim.has("subPath") ? ", folder " + claim.path("subPath").asText() : "");
    }
    return place.has("dockerVolume")
        ? "Docker volume " + place.path("dockerVolume").asText()
        : place.path("path").asText();
  }

  /** A folder, or objects of a cluster. */
  private static String configuration(JsonNode configuration) {
    return configuration.has("folder")
        ? configuration.path("folder").asText()
        : Stream.of("secrets", "configMaps")
            .filter(configuration::has)
            .map(
                kind ->
                    kind
                        + " "
                        + StreamSupport.stream(configuration.path(kind).spliterator(), false)
                            .map(JsonNode::asText)
                            .collect(Collectors.joining(", ")))
            .collect(Collectors.joining("; "));
  }

  private void verdict(String title, JsonNode verdict) {
    if (verdict.isObject()) {
      line(
          title,
          verdict.path("outcome").asText()
              + " "
              + verdict.path("recoveryPoint").asText()
              + ", "
              + age(verdict.path("time"))
              + " ago");
      line("  Coverage", verdict.path("coverage").asText());
      line("  Isolation", verdict.path("isolation").asText());
      line("  Why", verdict.path("message").asText());
    }
  }

  private void plan() {
    var plan = status().path("plan");
    if (plan.path("steps").isArray()) {
      text.append("Plan:\n");
      plan.path("steps").forEach(step -> text.append("  - ").append(step.asText()).append('\n'));
      plan.path("leftOut")
          .forEach(part -> text.append("  left out: ").append(part.asText()).append('\n'));
      line("  Estimated", plan.path("estimatedDuration").asText());
    }
  }

  private void runs() {
    if (status().path("runs").isArray()) {
      section("Runs", "  " + runs(resource, ink, now).replace("\n", "\n  ").stripTrailing() + "\n");
    }
  }

  private void points() {
    if (status().path("recoveryPoints").isArray()) {
      section(
          "Recovery points",
          "  " + points(resource, ink, now).replace("\n", "\n  ").stripTrailing() + "\n");
    }
  }

  private void events() {
    if (!events.isEmpty()) {
      var table = new Table(List.of("  TYPE", "REASON", "AGE", "TIMES", "MESSAGE"));
      events.forEach(
          event ->
              table.row(
                  List.of(
                      "  " + event.path("type").asText(),
                      event.path("reason").asText(),
                      age(lastSeen(event)),
                      Integer.toString(
                          Math.max(
                              1,
                              event
                                  .path("series")
                                  .path("count")
                                  .asInt(event.path("count").asInt()))),
                      event.path("message").asText())));
      section("Events", table.toString());
    }
  }

  /** Whichever of its times is filled: those of one that came once, again, or by the old API. */
  private static JsonNode lastSeen(JsonNode event) {
    return Stream.of(
            "/series/lastObservedTime",
            "/lastTimestamp",
            "/eventTime",
            "/metadata/creationTimestamp")
        .map(event::at)
        .filter(JsonNode::isTextual)
        .findFirst()
        .orElse(event.path("none"));
  }

  private void nextSteps() {
    var steps = NextSteps.of(resource);
    if (!steps.isEmpty()) {
      section(
          "Next steps", String.join("", steps.stream().map(step -> "  " + step + "\n").toList()));
    }
  }

  /** The runs of a policy, newest first. */
  public static String runs(JsonNode policy, Ink ink, Instant now) {
    var table =
        new Table(
            List.of("RUN", "PURPOSE", "OUTCOME", "REASON", "POINT", "ATTEMPT", "TOOK", "STARTED"));
    policy
        .path("status")
        .path("runs")
        .forEach(
            run ->
                table.row(
                    List.of(
                        run.path("name").asText(),
                        run.path("purpose").asText(),
                        run.path("outcome").asText(),
                        run.path("reason").asText(),
                        run.path("recoveryPoint").asText(),
                        run.path("attempt").asText(),
                        took(run),
                        age(run.path("started"), now))));
    return table.toString(ink);
  }

  /** The recovery points of a policy that its status lists. */
  public static String points(JsonNode policy, Ink ink, Instant now) {
    var table =
        new Table(List.of("POINT", "AGE", "COMPLETE", "VERDICT", "VERIFIED", "SIZE", "PINNED"));
    policy
        .path("status")
        .path("recoveryPoints")
        .forEach(
            point ->
                table.row(
                    List.of(
                        point.path("id").asText(),
                        age(point.path("time"), now),
                        point.path("complete").asText()
                            + (point.path("safety").asBoolean() ? " (safety)" : ""),
                        point.path("verdict").asText(),
                        age(point.path("verifiedAt"), now),
                        point.has("sizeBytes")
                            ? ByteCount.format(point.path("sizeBytes").asLong())
                            : "",
                        point.path("pinned").asText())));
    return table.toString(ink);
  }

  private static String took(JsonNode run) {
    return run.hasNonNull("finished")
        ? Age.text(
            Duration.between(
                Instant.parse(run.path("started").asText()),
                Instant.parse(run.path("finished").asText())))
        : "";
  }

  private JsonNode status() {
    return resource.path("status");
  }

  private String age(JsonNode time) {
    return age(time, now);
  }

  private static String age(JsonNode time, Instant now) {
    return time.asText().isEmpty()
        ? ""
        : Age.text(Duration.between(Instant.parse(time.asText()), now));
  }

  private void line(String title, String value) {
    if (!value.isEmpty()) {
      text.append(title).append(": ").append(value).append('\n');
    }
  }

  private void section(String title, String content) {
    text.append(title).append(":\n").append(content);
  }
}
