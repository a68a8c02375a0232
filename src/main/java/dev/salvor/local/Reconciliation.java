package dev.salvor.local;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.BackupPolicy;
import dev.salvor.api.Condition;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.local.Judge.Judgement;
import dev.salvor.local.Judge.World;
import dev.salvor.local.docker.Docker;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.manifest.Violation;
import dev.salvor.local.run.RunTable;
import dev.salvor.local.state.ResourceStore;
import dev.salvor.local.state.StoredResource;
import dev.salvor.plan.Announcement;
import dev.salvor.plan.Conditions;
import dev.salvor.plan.DockerView;
import dev.salvor.plan.SupabaseDiscovery;
import dev.salvor.plan.UnwantedRuns;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Asks the planners about every resource and carries their decisions out, in the order that
 * survives a kill at any instant: runs are created first (their names are deterministic), the
 * status is stored then, and only what it records is removed. The one place that writes statuses.
 */
final class Reconciliation {
  private static final Set<String> ACCEPTANCE =
      Set.of(Conditions.READY, Conditions.RECONCILING, Conditions.STALLED);

  private final ResourceStore store;
  private final RunTable runs;
  private final Intake intake;
  private final Judge judge;
  private final Docker docker;
  private final String cluster;

  Reconciliation(
      ResourceStore store,
      RunTable runs,
      Intake intake,
      Judge judge,
      Docker docker,
      String cluster) {
    this.store = store;
    this.runs = runs;
    this.intake = intake;
    this.judge = judge;
    this.docker = docker;
    this.cluster = cluster;
  }

  /**
   * What came of a pass.
   *
   * @param lookAgain when something is due if nothing changes before; null if nothing ever is
   */
  record Pass(Change change, @Nullable Instant lookAgain) {}

  /** Whether another pass may find more to do. */
  enum Change {
    SOMETHING,
    NOTHING
  }

  Pass pass(Instant now) {
    var world = new World(store.all(), runs.views(), new OnceAsked<>(this::look), cluster, now);
    var change = Change.NOTHING;
    Instant lookAgain = null;
    for (var resource : world.resources()) {
      var violations = intake.refusal(resource.key());
      if (violations.isPresent()) {
        change = either(change, stall(resource, violations.get(), world));
        continue;
      }
      if (!resource.accepted()) {
        continue; // its refused manifest is gone; a second look removes it
      }
      var judgement = judge.judge(resource, world);
      change = either(change, carryOut(resource, judgement, world));
      if (lookAgain == null || judgement.lookAgain().isBefore(lookAgain)) {
        lookAgain = judgement.lookAgain();
      }
    }
    removeUnwanted(world);
    return new Pass(change, lookAgain);
  }

  private DockerView look() {
    return docker.look(
        store.all().stream()
            .filter(resource -> resource.accepted())
            .filter(resource -> resource.key().kind().equals("BackupPolicy"))
            .flatMap(
                resource -> SupabaseDiscovery.project(resource.as(BackupPolicy.class)).stream())
            .collect(Collectors.toSet()));
  }

  private Change carryOut(StoredResource resource, Judgement judgement, World world) {
    var known = world.runs().stream().map(run -> run.labels().name()).collect(Collectors.toSet());
    var created =
        judgement.launches().stream()
            .filter(launch -> !known.contains(launch.labels().name()))
            .toList();
    created.forEach(launch -> runs.create(launch, resource.key().namespace()));
    var changed = !store.writeStatus(resource.key(), judgement.status()).equals(resource);
    store.tell(
        resource.key(),
        Stream.concat(created.stream().map(Announcement::queued), judgement.news().stream())
            .toList());
    judgement.removableRuns().forEach(runs::remove);
    return changed || !created.isEmpty() ? Change.SOMETHING : Change.NOTHING;
  }

  /**
   * While its manifest is refused, the version accepted before goes on being judged, so that what
   * ran is recorded; but a decision that would start something is not taken at all.
   */
  private Change stall(StoredResource resource, List<Violation> violations, World world) {
    var status = (ObjectNode) resource.status();
    List<String> removable = List.of();
    if (resource.accepted()) {
      var judgement = judge.judge(resource, world);
      if (judgement.launches().isEmpty()) {
        status = judgement.status();
        removable = judgement.removableRuns();
      }
    }
    var stalled = status.deepCopy();
    stalled.set(
        "conditions", Json.mapper().valueToTree(conditions(resource, status, violations, world)));
    var changed = !store.writeStatus(resource.key(), stalled).equals(resource);
    removable.forEach(runs::remove);
    return changed ? Change.SOMETHING : Change.NOTHING;
  }

  private static List<Condition> conditions(
      StoredResource resource, ObjectNode status, List<Violation> violations, World world) {
    var message =
        violations.stream().map(Violation::toString).distinct().collect(Collectors.joining("; "));
    // Transition times are those of what is stored, not of what a planner just said.
    var stored = read(resource.status());
    var conditions =
        new ArrayList<>(
            new Conditions(stored, resource.generation(), world.now())
                .stalled(Reason.INVALID_SPEC, message)
                .list());
    read(status).stream()
        .filter(condition -> !ACCEPTANCE.contains(condition.type()))
        .forEach(conditions::add);
    return conditions;
  }

  private static List<Condition> read(JsonNode status) {
    var conditions = status.path("conditions");
    return conditions.isArray()
        ? Json.mapper().convertValue(conditions, new TypeReference<List<Condition>>() {})
        : List.of();
  }

  /** Runs that no resource will ever record: their policy is gone, and so is who asked. */
  private void removeUnwanted(World world) {
    var uids =
        world.resources().stream()
            .filter(StoredResource::accepted)
            .map(StoredResource::uid)
            .collect(Collectors.toSet());
    var stores =
        world.resources().stream()
            .map(StoredResource::key)
            .filter(key -> key.kind().equals("BackupStore"))
            .map(key -> key.namespace() + "/" + key.name())
            .collect(Collectors.toSet());
    UnwantedRuns.of(world.runs(), new UnwantedRuns.Living(uids, uids, openRequests(world), stores))
        .forEach(runs::remove);
  }

  /** Requests that exist and are not done: their runs must stay. */
  static Set<String> openRequests(World world) {
    return world.resources().stream()
        .filter(resource -> resource.accepted() && isRequest(resource.key()))
        .filter(resource -> !isSettled(resource))
        .map(StoredResource::uid)
        .collect(Collectors.toSet());
  }

  static boolean isRequest(ResourceKey key) {
    return key.kind().endsWith("Request");
  }

  /** Done or failed for good. */
  static boolean isSettled(StoredResource resource) {
    return Conditions.isSettled(read(resource.status()));
  }

  private static Change either(Change one, Change other) {
    return one == Change.SOMETHING ? one : other;
  }
}
