package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseTarget;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.supabase.ConfigurationChanges;
import dev.salvor.engine.supabase.ManagementApi;
import dev.salvor.engine.supabase.ManagementApi.Answer;
import dev.salvor.engine.supabase.ManagementDocument;
import dev.salvor.plan.restore.HostedRestorePlanning;
import dev.salvor.task.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Settings of a recovery point on their way into a hosted project: of those that differ each that
 * is no secret and may be written. What the API does not take, for a plan lacks it, is said.
 */
final class HostedConfiguration {
  private final WorkerContext context;
  private final ManagementApi api;
  private final Map<ManagementDocument, ConfigurationChanges> changes = new LinkedHashMap<>();
  private final List<String> toEnterAnew = new ArrayList<>();
  private final List<String> leftOut = new ArrayList<>();

  private HostedConfiguration(WorkerContext context, ManagementApi api) {
    this.context = context;
    this.api = api;
  }

  /**
   * Lays what was kept beside what is there; sets nothing.
   *
   * @throws EngineException RESTORE_FAILED where the API does not tell
   */
  static HostedConfiguration look(
      WorkerContext context, ManagementApi api, KeptConfiguration kept) {
    var configuration = new HostedConfiguration(context, api);
    for (var document : ConfigurationChanges.DOCUMENTS) {
      kept.document(document)
          .ifPresentOrElse(
              fields -> configuration.compare(document, fields),
              () -> configuration.leftOut.add(document.text() + ": the point does not hold it"));
    }
    var never =
        ConfigurationChanges.LEFT.stream()
            .filter(document -> kept.document(document).filter(each -> !each.isEmpty()).isPresent())
            .map(ManagementDocument::text)
            .toList();
    if (!never.isEmpty()) {
      configuration.leftOut.add(
          "settings that no restore sets (see the dashboard): " + String.join(", ", never));
    }
    return configuration;
  }

  private void compare(ManagementDocument document, JsonNode kept) {
    var found = there(document);
    if (found.isEmpty()) {
      leftOut.add(document.text() + ": the project has none");
      return;
    }
    var changed = ConfigurationChanges.of(document, kept, found.get());
    changes.put(document, changed);
    changed.toEnterAnew().forEach(name -> toEnterAnew.add(text(document, name)));
    changed.leftOut().forEach(name -> leftOut.add(text(document, name)));
  }

  private Optional<JsonNode> there(ManagementDocument document) {
    return switch (api.document(document)) {
      case Answer.Told<byte[]>(var json, _) -> ManagementApi.read(json);
      case Answer.Absent<byte[]> _ -> Optional.empty();
      case Answer.Refused<byte[]>(var why) ->
          throw new EngineException(Reason.RESTORE_FAILED, "The Management API: " + why + ".");
    };
  }

  private static String text(ManagementDocument document, String field) {
    return "setting " + document.text() + "." + field;
  }

  HostedRestorePlanning.Configuration seen() {
    return new HostedRestorePlanning.Configuration(
        changes.entrySet().stream()
            .flatMap(
                each ->
                    each.getValue().changes().keySet().stream()
                        .map(name -> each.getKey().text() + "." + name))
            .toList(),
        toEnterAnew,
        leftOut);
  }

  /**
   * What came of it.
   *
   * @param text for people
   * @param leftOut what was not taken
   */
  record Outcome(String text, List<String> leftOut) {}

  /**
   * Sets them, and reads them back.
   *
   * @throws EngineException RESTORE_FAILED where the API refuses for want of a right, or does not
   *     answer; what was set before stays
   */
  Outcome carryOut() {
    context.progress().step(Step.RESTORE, SupabaseTarget.CONFIGURATION);
    changes.forEach(
        (document, changed) -> set(document, List.copyOf(changed.changes().entrySet())));
    context.progress().step(Step.COMPARE, SupabaseTarget.CONFIGURATION);
    var all = 0;
    var missing = new ArrayList<String>();
    for (var each : changes.entrySet()) {
      all += each.getValue().changes().size();
      if (!each.getValue().changes().isEmpty()) {
        var there = there(each.getKey()).orElseGet(Json.mapper()::createObjectNode);
        each.getValue().missing(there).forEach(name -> missing.add(text(each.getKey(), name)));
      }
    }
    return new Outcome("%d of %d settings".formatted(all - missing.size(), all), missing);
  }

  /** All at once; where they are not taken so, by halves, until the one is found that is not. */
  private void set(ManagementDocument document, List<Map.Entry<String, JsonNode>> fields) {
    if (fields.isEmpty()) {
      return;
    }
    switch (api.change(document, json(fields))) {
      case Answer.Told<byte[]> _ -> {}
      case Answer.Refused<byte[]>(var why) ->
          throw new EngineException(Reason.RESTORE_FAILED, "The Management API: " + why + ".");
      case Answer.Absent<byte[]> _ when fields.size() > 1 -> {
        set(document, fields.subList(0, fields.size() / 2));
        set(document, fields.subList(fields.size() / 2, fields.size()));
      }
      // What is read back says that it is not set.
      case Answer.Absent<byte[]> _ -> {}
    }
  }

  private static byte[] json(List<Map.Entry<String, JsonNode>> fields) {
    var object = Json.mapper().createObjectNode();
    fields.forEach(field -> object.set(field.getKey(), field.getValue()));
    try {
      return Json.mapper().writeValueAsBytes(object);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("settings cannot be written", impossible);
    }
  }
}
