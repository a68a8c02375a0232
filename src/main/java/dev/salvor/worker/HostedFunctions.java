package dev.salvor.worker;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.HostedSupabase;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.supabase.FunctionSources;
import dev.salvor.engine.supabase.ManagementApi;
import dev.salvor.engine.supabase.ManagementApi.Answer;
import dev.salvor.plan.restore.HostedRestorePlanning;
import dev.salvor.task.Manifest;
import dev.salvor.task.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Edge Functions of a recovery point on their way into a hosted project: each is deployed from its
 * sources, and its sources are read back. One that is there by that name and is another stays.
 */
final class HostedFunctions {
  private final WorkerContext context;
  private final ManagementApi api;
  private final Map<String, Deployable> deployed = new LinkedHashMap<>();
  private final List<String> others = new ArrayList<>();
  private final List<String> leftOut = new ArrayList<>();
  private int same;

  /** One that can be. */
  private record Deployable(
      FunctionSources sources, boolean checksTokens, FunctionSources.Deployment deployment) {}

  private HostedFunctions(WorkerContext context, ManagementApi api) {
    this.context = context;
    this.api = api;
  }

  /**
   * Reads those of the point, and looks which are there; deploys none.
   *
   * @throws EngineException RESTORE_FAILED where the API does not tell; CORRUPT_RECOVERY_POINT
   */
  static HostedFunctions look(
      WorkerContext context,
      ManagementApi api,
      RecoveryPoints points,
      RecoverySet set,
      Manifest manifest) {
    var functions = new HostedFunctions(context, api);
    var part =
        manifest.treeParts().stream()
            .filter(tree -> tree.name().equals(HostedSupabase.FUNCTIONS))
            .findFirst()
            .orElseThrow();
    var folder = context.scratch().resolve("kept-functions");
    points.repository().restore(points.snapshotOf(set, part), part.path(), folder, (_, _) -> {});
    var there = functions.there();
    functions.slugs(folder).forEach(own -> functions.look(own, there));
    return functions;
  }

  /** By their slugs. */
  private Map<String, JsonNode> there() {
    return switch (api.functions()) {
      case Answer.Told<byte[]>(var json, _) -> {
        var there = new TreeMap<String, JsonNode>();
        ManagementApi.read(json)
            .orElseThrow()
            .forEach(function -> there.put(function.path("slug").asText(), function));
        yield there;
      }
      case Answer.Absent<byte[]> _ -> Map.of();
      case Answer.Refused<byte[]>(var why) -> throw refused(why);
    };
  }

  private List<Path> slugs(Path folder) {
    if (!Files.exists(folder.resolve("functions.json"))) {
      leftOut.add("Edge Functions: the point holds none, they could not be read at the source");
      return List.of();
    }
    try (var entries = Files.list(folder)) {
      return entries
          .filter(Files::isDirectory)
          .filter(own -> ManagementBackup.isSlug(own.getFileName().toString()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private void look(Path own, Map<String, JsonNode> there) {
    var slug = own.getFileName().toString();
    var function = function(own);
    var sources = sources(own);
    var deployment = sources.flatMap(kept -> kept.deployment(function));
    if (sources.isEmpty() || deployment.isEmpty()) {
      leftOut.add(
          "Edge Function "
              + slug
              + (sources.isEmpty()
                  ? ": only its bundle is kept, deploy it from its sources"
                  : ": nobody can tell by which file it begins, deploy it from its sources"));
      return;
    }
    var deployable =
        new Deployable(
            sources.get(), function.path("verify_jwt").asBoolean(true), deployment.get());
    var other = there.get(slug);
    if (other == null) {
      deployed.put(slug, deployable);
    } else if (isThere(slug, deployable, other)) {
      same++;
    } else {
      others.add(slug);
    }
  }

  private static JsonNode function(Path own) {
    try {
      return Json.mapper().readTree(Files.readAllBytes(own.resolve("function.json")));
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static Optional<FunctionSources> sources(Path own) {
    var file = own.resolve("source.mime");
    try {
      return Files.exists(file) ? FunctionSources.of(Files.readAllBytes(file)) : Optional.empty();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private boolean isThere(String slug, Deployable deployable, JsonNode listed) {
    var file = context.scratch().resolve("function-there");
    try {
      return listed.path("verify_jwt").asBoolean(true) == deployable.checksTokens()
          && api.function(slug, "multipart/form-data", file)
              instanceof Answer.Told<Path>(_, var type)
          && FunctionSources.of(type, Files.readAllBytes(file))
              .filter(found -> found.digests().equals(deployable.sources().digests()))
              .isPresent();
    } catch (IOException e) {
      throw unreadable(e);
    } finally {
      Folders.delete(file);
    }
  }

  HostedRestorePlanning.Functions seen() {
    return new HostedRestorePlanning.Functions(List.copyOf(deployed.keySet()), others, leftOut);
  }

  /**
   * Deploys them, and compares what is there then.
   *
   * @return what was compared, for people
   * @throws EngineException RESTORE_FAILED, FACTS_DIFFER; those before stay
   */
  String carryOut() {
    for (var function : deployed.entrySet()) {
      context.progress().step(Step.RESTORE, "Edge Function " + function.getKey());
      switch (api.deploy(function.getKey(), function.getValue().deployment())) {
        case Answer.Told<byte[]> _ -> {}
        case Answer.Absent<byte[]> _ ->
            throw refused("Edge Function " + function.getKey() + " is not taken");
        case Answer.Refused<byte[]>(var why) ->
            throw refused("Edge Function " + function.getKey() + ": " + why);
      }
    }
    context.progress().step(Step.COMPARE, HostedSupabase.FUNCTIONS);
    var there = there();
    var differ =
        deployed.entrySet().stream()
            .filter(
                function -> {
                  var listed = there.get(function.getKey());
                  return listed == null || !isThere(function.getKey(), function.getValue(), listed);
                })
            .map(Map.Entry::getKey)
            .toList();
    if (!differ.isEmpty()) {
      throw new EngineException(
          Reason.FACTS_DIFFER,
          "Edge Functions are not there as they were kept: " + String.join(", ", differ) + ".");
    }
    return "%d of %d Edge Functions by their sources"
        .formatted(deployed.size() + same, deployed.size() + same + leftOut.size());
  }

  /** Whether there are some that can only be deployed by hand. */
  boolean isWhole() {
    return leftOut.isEmpty();
  }

  private static EngineException refused(String why) {
    return new EngineException(Reason.RESTORE_FAILED, "The Management API: " + why + ".");
  }

  private static EngineException unreadable(IOException e) {
    return new EngineException(Reason.SCRATCH_FULL, "Edge Functions cannot be looked at", e);
  }
}
