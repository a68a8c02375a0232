package dev.salvor.plan;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which runs may start. Both hosts ask this one function, so that a restart, a second look or
 * another host gives the same answer for the same queue.
 *
 * <ul>
 *   <li>At most so many at once in all, on one store, on one node.
 *   <li>In one repository backups, verifications and restores go together; maintenance goes alone,
 *       as restic's exclusive lock wants it.
 *   <li>Restores first, since a person waits; all others in the order in which they were asked for.
 *       Who waits for one store or repository holds up nobody who needs another.
 *   <li>A run that may go and cannot, for want of a node, an image or a quota, keeps its repository
 *       but takes no place from others; of such only as many as there are places, or all would
 *       begin at once when the cluster has room again.
 *   <li>Maintenance lets newer readers of its repository pass for {@link
 *       Limits#maintenancePatience}; from then on they wait behind it, so that a busy repository is
 *       cleaned too. Restores pass it even then.
 * </ul>
 */
public final class Admission {
  private static final Comparator<Candidate> ORDER =
      Comparator.comparing((Candidate run) -> run.purpose() != Purpose.RESTORE)
          .thenComparing(Candidate::asked)
          .thenComparing(Candidate::name);

  private final Limits limits;
  private final Instant now;
  private final List<Candidate> running;
  private final List<Candidate> impatient = new ArrayList<>();

  private Admission(Collection<Candidate> running, Limits limits, Instant now) {
    this.limits = limits;
    this.now = now;
    this.running = new ArrayList<>(running);
  }

  /**
   * A run that waits or works.
   *
   * @param store namespace and name of the store
   * @param repository where in the store; null for a run that opens none (a probe)
   * @param nodes where it works or will, each for as long as it has to do there; empty where that
   *     is not known beforehand
   * @param asked the tick's start, or when the request was made: the host's time, and the same at
   *     each look
   * @param stuck it was let go and waits for what is not ours to give
   */
  public record Candidate(
      String name,
      Purpose purpose,
      String store,
      @Nullable String repository,
      Set<String> nodes,
      Instant asked,
      boolean stuck) {
    public Candidate {
      nodes = Set.copyOf(nodes);
    }

    /** One that is not stuck. */
    public Candidate(
        String name,
        Purpose purpose,
        String store,
        @Nullable String repository,
        Set<String> nodes,
        Instant asked) {
      this(name, purpose, store, repository, nodes, asked, false);
    }

    /** A run by its labels, which both hosts keep. */
    public static Candidate of(RunLabels labels, Set<String> nodes) {
      return new Candidate(
          labels.name(),
          labels.purpose(),
          labels.storeKey(),
          labels.repositoryKey(),
          nodes,
          labels.tick());
    }
  }

  /**
   * How much goes at once.
   *
   * @param perStore where the store itself says nothing
   * @param ofStores what stores themselves say ({@code spec.limits.concurrentRuns}), by key
   * @param maintenancePatience how long maintenance lets newer readers pass
   */
  public record Limits(
      int perOperator,
      int perStore,
      Map<String, Integer> ofStores,
      int perNode,
      Duration maintenancePatience) {
    public Limits {
      ofStores = Map.copyOf(ofStores);
      if (perOperator < 1
          || perStore < 1
          || perNode < 1
          || ofStores.values().stream().anyMatch(limit -> limit < 1)) {
        throw new IllegalArgumentException("limits must be at least 1, or nothing ever runs");
      }
    }

    /** Limits where no store says anything itself. */
    public Limits(int perOperator, int perStore, int perNode, Duration maintenancePatience) {
      this(perOperator, perStore, Map.of(), perNode, maintenancePatience);
    }

    private int ofStore(String key) {
      return ofStores.getOrDefault(key, perStore);
    }
  }

  /** What becomes of one that is queued. */
  public sealed interface Place {
    Candidate run();

    /** It may start. */
    record Admitted(Candidate run) implements Place {}

    /**
     * It waits.
     *
     * @param why for people; names nothing that changes from look to look
     */
    record Waiting(Candidate run, String why) implements Place {}
  }

  /**
   * Judges a queue. The answer has one place for each queued run, in the order in which they are
   * served; one that runs already (by name) has none.
   */
  public static List<Place> admit(
      Collection<Candidate> queue, Collection<Candidate> running, Limits limits, Instant now) {
    var names = new HashSet<String>();
    running.forEach(run -> names.add(run.name()));
    var admission = new Admission(running, limits, now);
    return queue.stream()
        .sorted(ORDER)
        .filter(run -> names.add(run.name()))
        .map(admission::place)
        .toList();
  }

  private Place place(Candidate run) {
    var obstacle = obstacle(run);
    if (obstacle.isPresent()) {
      if (run.purpose() == Purpose.MAINTAIN
          && !now.isBefore(run.asked().plus(limits.maintenancePatience()))) {
        impatient.add(run);
      }
      return new Place.Waiting(run, obstacle.get());
    }
    running.add(run);
    return new Place.Admitted(run);
  }

  private Optional<String> obstacle(Candidate run) {
    return repositoryObstacle(run)
        .or(() -> full(other -> true, limits.perOperator(), "in all"))
        .or(
            () ->
                full(
                    other -> other.store().equals(run.store()),
                    limits.ofStore(run.store()),
                    "on store " + run.store()))
        .or(() -> nodeObstacle(run));
  }

  private Optional<String> nodeObstacle(Candidate run) {
    return run.nodes().stream()
        .sorted()
        .flatMap(
            node ->
                full(other -> other.nodes().contains(node), limits.perNode(), "on node " + node)
                    .stream())
        .findFirst();
  }

  private Optional<String> repositoryObstacle(Candidate run) {
    var inside = running.stream().filter(other -> sameRepository(run, other)).toList();
    if (run.purpose() == Purpose.MAINTAIN && !inside.isEmpty()) {
      return Optional.of("maintenance waits until nothing else works in the repository");
    }
    if (inside.stream().anyMatch(other -> other.purpose() == Purpose.MAINTAIN)) {
      return Optional.of("maintenance works in the repository");
    }
    if (run.purpose() != Purpose.RESTORE
        && impatient.stream().anyMatch(waiting -> sameRepository(run, waiting))) {
      return Optional.of("maintenance has waited long for the repository and goes first");
    }
    return Optional.empty();
  }

  private Optional<String> full(Predicate<Candidate> which, int limit, String where) {
    var inPlace = running.stream().filter(which).toList();
    var stuck = inPlace.stream().filter(Candidate::stuck).count();
    return inPlace.size() - Math.min(stuck, limit) < limit
        ? Optional.empty()
        : Optional.of("at most " + limit + " run at once " + where);
  }

  private static boolean sameRepository(Candidate one, Candidate other) {
    return one.repository() != null
        && one.repository().equals(other.repository())
        && one.store().equals(other.store());
  }
}
