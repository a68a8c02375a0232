package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.salvor.api.Failure;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.Model;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.RestoreMode;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.api.Retention;
import dev.salvor.api.RolesMode;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.api.Verification;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a worker is asked: one JSON document of at most 64 KiB without secrets. A worker knows
 * nothing but its Task, the credentials folder and the engines.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "task")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Task.ProbeStore.class, name = "ProbeStore"),
  @JsonSubTypes.Type(value = Task.Backup.class, name = "Backup"),
  @JsonSubTypes.Type(value = Task.Restore.class, name = "Restore"),
  @JsonSubTypes.Type(value = Task.RestoreFiles.class, name = "RestoreFiles"),
  @JsonSubTypes.Type(value = Task.RestoreDevice.class, name = "RestoreDevice"),
  @JsonSubTypes.Type(value = Task.RestoreSupabase.class, name = "RestoreSupabase"),
  @JsonSubTypes.Type(value = Task.RestoreHosted.class, name = "RestoreHosted"),
  @JsonSubTypes.Type(value = Task.Fetch.class, name = "Fetch"),
  @JsonSubTypes.Type(value = Task.Compare.class, name = "Compare"),
  @JsonSubTypes.Type(value = Task.Conclude.class, name = "Conclude"),
  @JsonSubTypes.Type(value = Task.Maintain.class, name = "Maintain"),
  @JsonSubTypes.Type(value = Task.DropKept.class, name = "DropKept"),
  @JsonSubTypes.Type(value = Task.Inspect.class, name = "Inspect")
})
public sealed interface Task {
  Header header();

  /** Uid of the RestoreRequest that it serves; null: it restores nothing. */
  default @Nullable String requestUid() {
    return null;
  }

  /**
   * The steps that this Task announces as progress, in order; a kill at any of them must be safe.
   */
  List<Step> steps();

  /** Is the store reachable, readable, writable, deletable, and the one it was? */
  @Model
  public record ProbeStore(Header header, StoreTarget store) implements Task {

    @Override
    public List<Step> steps() {
      return List.of(Step.PROBE, Step.REPORT);
    }
  }

  /**
   * Take one recovery point.
   *
   * @param origin why; null: on schedule
   */
  @Model
  public record Backup(
      Header header,
      RepositoryTarget repository,
      BackupSource source,
      @Nullable Baseline baseline,
      Manifest.@Nullable Origin origin)
      implements Task {

    @Override
    public List<Step> steps() {
      return switch (source) {
        case PostgresDump dump ->
            List.of(
                Step.OPEN_REPOSITORY,
                Step.PREFLIGHT,
                Step.LOCK_TABLES,
                Step.DUMP,
                Step.FACTS,
                Step.GLOBALS,
                Step.MANIFEST,
                Step.READ_BACK,
                Step.REPORT);
        case FileTrees trees ->
            List.of(
                Step.OPEN_REPOSITORY,
                Step.PREFLIGHT,
                Step.NOTE,
                Step.STORE,
                Step.SETTLE,
                Step.MANIFEST,
                Step.READ_BACK,
                Step.REPORT);
        case SupabaseProject project ->
            Stream.of(
                    Stream.of(
                        Step.OPEN_REPOSITORY,
                        Step.PREFLIGHT,
                        Step.LOCK_TABLES,
                        Step.DUMP,
                        Step.FACTS,
                        Step.GLOBALS),
                    project.bucket() == null ? Stream.<Step>of() : Stream.of(Step.FETCH),
                    Stream.of(
                        Step.NOTE,
                        Step.STORE,
                        Step.SETTLE,
                        Step.MANIFEST,
                        Step.READ_BACK,
                        Step.REPORT))
                .flatMap(steps -> steps)
                .toList();
      };
    }
  }

  /**
   * Restore one database, or take a restore back.
   *
   * @param database name on the target server
   * @param requestUid names the side database and the kept one
   */
  @Model
  public record Restore(
      Header header,
      RepositoryTarget repository,
      From from,
      ServerReference target,
      String database,
      RolesMode roles,
      RestoreStrategy strategy,
      Existing existing,
      Effect effect,
      PostgresSource.@Nullable Selection select,
      @Nullable Instant notAfter,
      long keepReplacedSeconds,
      String requestUid,
      List<String> acknowledge)
      implements Task {

    @Override
    public List<Step> steps() {
      return List.of(
          Step.OPEN_REPOSITORY,
          Step.PLAN,
          Step.SAFETY_COPY,
          Step.ROLES,
          Step.RESTORE,
          Step.COMPARE,
          Step.SWITCH,
          Step.REPORT);
    }
  }

  /**
   * Restore a file tree, or a part of one.
   *
   * @param tree name of its part; null: the only one
   * @param folder where to; absolute
   * @param select paths below the tree's root; empty: all
   * @param mode what becomes of what is there and not in the point
   * @param requestUid by which a later attempt knows what an earlier one left
   */
  @Model
  public record RestoreFiles(
      Header header,
      RepositoryTarget repository,
      PointReference point,
      @Nullable String tree,
      String folder,
      List<String> select,
      Existing existing,
      RestoreMode mode,
      Effect effect,
      @Nullable Instant notAfter,
      String requestUid,
      List<String> acknowledge)
      implements Task {

    @Override
    public List<Step> steps() {
      return List.of(
          Step.OPEN_REPOSITORY,
          Step.PLAN,
          Step.READ_BACK,
          Step.SAFETY_COPY,
          Step.RESTORE,
          Step.COMPARE,
          Step.SWITCH,
          Step.REPORT);
    }
  }

  /**
   * Restore a raw block device, whole.
   *
   * @param part its name; null: the only one
   * @param device where to; absolute
   * @param requestUid by which a later attempt knows what an earlier one left
   */
  @Model
  public record RestoreDevice(
      Header header,
      RepositoryTarget repository,
      PointReference point,
      @Nullable String part,
      String device,
      Existing existing,
      Effect effect,
      @Nullable Instant notAfter,
      String requestUid,
      List<String> acknowledge)
      implements Task {

    @Override
    public List<Step> steps() {
      return List.of(
          Step.OPEN_REPOSITORY,
          Step.PLAN,
          Step.READ_BACK,
          Step.SAFETY_COPY,
          Step.RESTORE,
          Step.COMPARE,
          Step.SWITCH,
          Step.REPORT);
    }
  }

  /**
   * Restore a Supabase project: what its target names, after one safety point of all that goes.
   *
   * @param requestUid by which a later attempt knows what an earlier one left
   * @param sessionsEnd whether its host stops, or has scaled to zero, services that have sessions
   */
  @Model
  public record RestoreSupabase(
      Header header,
      RepositoryTarget repository,
      PointReference point,
      ProjectTarget target,
      RolesMode roles,
      Existing existing,
      Effect effect,
      @Nullable Instant notAfter,
      String requestUid,
      List<String> acknowledge,
      boolean sessionsEnd)
      implements Task {

    /** One of its databases, under its own name: services know it by that. */
    public Restore database(String name) {
      return new Restore(
          header,
          repository,
          new FromPoint(point, name),
          Objects.requireNonNull(target.server()),
          name,
          roles,
          RestoreStrategy.RECREATE,
          existing,
          effect,
          null,
          notAfter,
          0,
          requestUid,
          acknowledge);
    }

    /** One of its places: what the point does not hold goes. */
    public RestoreFiles files(FileTrees.Tree tree) {
      return new RestoreFiles(
          header,
          repository,
          point,
          tree.name(),
          tree.path(),
          List.of(),
          existing,
          RestoreMode.MIRROR,
          effect,
          notAfter,
          requestUid,
          acknowledge);
    }

    @Override
    public List<Step> steps() {
      return List.of(
          Step.OPEN_REPOSITORY,
          Step.PLAN,
          Step.READ_BACK,
          Step.SAFETY_COPY,
          Step.ROLES,
          Step.RESTORE,
          Step.COMPARE,
          Step.SWITCH,
          Step.REPORT);
    }
  }

  /**
   * Restore a Supabase project into one that Supabase hosts and that nobody has used: its database
   * in one transaction, functions and configuration by the Management API.
   *
   * @param roles of customers' own
   */
  @Model
  public record RestoreHosted(
      Header header,
      RepositoryTarget repository,
      PointReference point,
      HostedTarget target,
      RolesMode roles,
      Effect effect,
      @Nullable Instant notAfter,
      String requestUid,
      List<String> acknowledge)
      implements Task {

    @Override
    public List<Step> steps() {
      return List.of(
          Step.OPEN_REPOSITORY, Step.PLAN, Step.READ_BACK, Step.RESTORE, Step.COMPARE, Step.REPORT);
    }
  }

  /**
   * First half of a verification: with the store's credentials and without a server, put a recovery
   * point into the sandbox folder.
   */
  @Model
  public record Fetch(Header header, RepositoryTarget repository, PointReference point)
      implements Task {

    @Override
    public List<Step> steps() {
      return List.of(Step.OPEN_REPOSITORY, Step.FETCH, Step.REPORT);
    }
  }

  /**
   * Second half: with a server and without any credentials, restore from the sandbox folder,
   * compare, ask the checks.
   */
  @Model
  public record Compare(
      Header header,
      PointReference point,
      Server server,
      List<Verification.Check> checks,
      String checksHash,
      IsolationMode isolation)
      implements Task {

    /** The same with another server: one that the host has made, or could not make. */
    public Compare in(Server other) {
      return new Compare(header, point, other, checks, checksHash, isolation);
    }

    @Override
    public List<Step> steps() {
      return commands().isEmpty()
          ? List.of(
              Step.SEAL, Step.START_SERVER, Step.RESTORE, Step.COMPARE, Step.CHECKS, Step.REPORT)
          : List.of(Step.COMPARE, Step.CHECKS, Step.SEAL, Step.REPORT);
    }

    /**
     * Checks that the host runs as containers between this Task and Conclude, in this order: who
     * may write to the copy comes last.
     */
    public List<Verification.Check> commands() {
      return checks == null
          ? List.of()
          : checks.stream()
              .filter(check -> check.command() != null)
              .sorted(Comparator.comparing(check -> mayWrite(check)))
              .toList();
    }

    private static boolean mayWrite(Verification.Check check) {
      return check.command() != null && Boolean.TRUE.equals(check.command().writable());
    }
  }

  /**
   * The end of a verification whose checks were run by the host: gives the verdict that Compare
   * drew up. Carried out only if each of them was content.
   */
  @Model
  public record Conclude(Header header, PointReference point) implements Task {

    @Override
    public List<Step> steps() {
      return List.of(Step.SEAL, Step.REPORT);
    }
  }

  /**
   * Check, forget, prune; never beside a reader.
   *
   * @param retention null: keep all
   * @param verdicts what is known of points; those that the store lacks are stored beside them
   */
  @Model
  public record Maintain(
      Header header,
      RepositoryTarget repository,
      @Nullable Retention retention,
      List<KnownVerdict> verdicts,
      long orphanAgeSeconds,
      Forgetting forgetting,
      CheckTurn check)
      implements Task {

    @Override
    public List<Step> steps() {
      return List.of(
          Step.OPEN_REPOSITORY, Step.VERDICTS, Step.CHECK, Step.FORGET, Step.PRUNE, Step.REPORT);
    }
  }

  /**
   * Drop the database that a restore replaced and kept: its time is over. No store is needed.
   *
   * @param server the restore's target
   * @param database that was replaced
   * @param kept what it was called since
   * @param requestUid of the restore; the kept name bears it
   */
  @Model
  public record DropKept(
      Header header, ServerReference server, String database, String kept, String requestUid)
      implements Task {

    @Override
    public List<Step> steps() {
      return List.of(Step.DROP_KEPT, Step.REPORT);
    }
  }

  /**
   * What does the repository hold? Read only; answers in pages.
   *
   * @param after id of the last point of the page before; null: from the newest
   * @param run only the point that this run made
   */
  @Model
  public record Inspect(
      Header header,
      RepositoryTarget repository,
      @Nullable String after,
      @Nullable String run,
      int limit)
      implements Task {

    @Override
    public List<Step> steps() {
      return List.of(Step.OPEN_REPOSITORY, Step.LIST, Step.REPORT);
    }
  }

  /** Where a restore takes its data from. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = FromPoint.class, name = "point"),
    @JsonSubTypes.Type(value = FromKept.class, name = "kept")
  })
  sealed interface From permits FromPoint, FromKept {}

  /**
   * A recovery point.
   *
   * @param database in the point; needed where it holds several
   */
  @Model
  public record FromPoint(PointReference point, @Nullable String database) implements From {}

  /** A database that an earlier restore replaced and kept. */
  @Model
  public record FromKept(String keptDatabase) implements From {}

  /** What to do about a target that exists. */
  enum Existing {
    REFUSE,
    REPLACE
  }

  /** Whether a restore stops at its plan. */
  enum Effect {
    PLAN_ONLY,
    /** The same, for a target that is not there yet: what room it has is not known. */
    PLAN_WITHOUT_TARGET,
    CARRY_OUT
  }

  /** Whether maintenance may remove points. */
  enum Forgetting {
    ALLOWED,
    /** Another lineage or owner: nothing is removed until a person acknowledged. */
    FROZEN,
    /** Only say what would be removed. */
    PREVIEW
  }

  /** The server that a verification restores into. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Given.class, name = "given"),
    @JsonSubTypes.Type(value = Initdb.class, name = "initdb"),
    @JsonSubTypes.Type(value = NoServer.class, name = "none")
  })
  sealed interface Server permits Given, Initdb, NoServer {}

  /**
   * A server that the host starts beside the worker, in the same network.
   *
   * @param socketDirectory where its socket appears
   * @param sealedFrom what the host cuts both off from, once Fetch has ended; null: a claim, which
   *     has no address
   */
  @Model
  public record Given(String socketDirectory, @Nullable NetworkAddress sealedFrom)
      implements Server {}

  /** A throw-away server that the worker makes. */
  @Model
  public record Initdb() implements Server {}

  /**
   * Nothing of the point is carried out.
   *
   * @param why no server could be made for its databases; null: it holds files
   */
  @Model
  public record NoServer(@Nullable Failure why) implements Server {
    public NoServer() {
      this(null);
    }
  }

  /** What is known of a point. */
  @Model
  public record KnownVerdict(
      String recoveryPoint, VerdictOutcome outcome, Instant time, String checksHash) {}

  /** The part of the data that is read back: turn n of t. */
  @Model
  public record CheckTurn(int turn, int turns) {}
}
