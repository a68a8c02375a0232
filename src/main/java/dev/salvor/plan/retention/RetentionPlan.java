package dev.salvor.plan.retention;

import dev.salvor.api.DurationText;
import dev.salvor.api.Reason;
import dev.salvor.api.Retention;
import dev.salvor.plan.retention.ForgetPolicy.Dated;
import dev.salvor.plan.retention.RetentionDecision.Cause;
import dev.salvor.plan.retention.RetentionDecision.Kept;
import dev.salvor.plan.retention.RetentionDecision.Removal;
import dev.salvor.plan.retention.RetentionDecision.Remove;
import dev.salvor.plan.retention.RetentionDecision.Stopped;
import dev.salvor.plan.retention.RetentionDecision.Unusable;
import dev.salvor.plan.retention.RetentionDecision.Withheld;
import dev.salvor.plan.retention.StoredPoint.Standing;
import dev.salvor.task.Manifest.Origin;
import dev.salvor.task.Task.Forgetting;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which recovery points of a repository stay and which go. What a rule keeps is what restic's
 * forget would keep; on top of that:
 *
 * <ul>
 *   <li>Only complete points that are not refuted fill slots, or seven broken dailies push the last
 *       good one out. One that fills none (refuted, partial, taken before a restore) stays as long
 *       as the same rules over all points would keep it: it is evidence, and it costs nobody a
 *       slot.
 *   <li>What a restore wrote over stays for a week: nothing else may hold it.
 *   <li>Pins stay, and so do the newest complete point, the newest that is good, the newest of
 *       those not in the future, and the newest Verified one, whatever the rules say.
 *   <li>Parts without a manifest go only when they are older than {@code maintenance.orphanAge} and
 *       no run lives.
 *   <li>More than {@code maximumRemovalPercent} of the complete points at once is asked for first.
 *       Points that are only thinned out do not count: a good point less than a day newer stays.
 *   <li>While forgetting is frozen nothing goes at all.
 * </ul>
 */
public final class RetentionPlan {
  private static final int DEFAULT_MAXIMUM_REMOVAL_PERCENT = 50;
  private static final int TOKEN_STEP_PERCENT = 10;

  /**
   * More than twice what a replaced database stays by default (72 h): the time of the point is that
   * of the request, whose restore may have waited and lasted.
   */
  private static final Duration SAFETY_TERM = Duration.ofDays(7);

  /**
   * The finest rule that keeps history for long is that of days: what goes beside a point of the
   * same day is how an hourly schedule is meant to end.
   */
  private static final Duration THINNING = Duration.ofDays(1);

  private static final Comparator<StoredPoint> NEWEST_FIRST =
      Comparator.comparing(StoredPoint::time).reversed().thenComparing(StoredPoint::id);

  private final Question question;
  private final List<StoredPoint> points;
  private final Map<String, List<String>> reasons = new HashMap<>();

  private RetentionPlan(Question question) {
    this.question = question;
    this.points = question.points().stream().sorted(NEWEST_FIRST).toList();
  }

  /** Whether another run may be writing to the repository. */
  public enum Activity {
    QUIET,
    A_RUN_LIVES
  }

  /**
   * All that retention looks at.
   *
   * @param points every set in the repository, also those without a manifest
   * @param retention null: keep all
   * @param now the host's time, never the worker's clock
   * @param orphanAge how old parts without a manifest must be
   * @param acknowledged {@code spec.acknowledge} of the policy
   */
  public record Question(
      Collection<StoredPoint> points,
      @Nullable Retention retention,
      Instant now,
      Duration orphanAge,
      Activity activity,
      Forgetting forgetting,
      Collection<String> acknowledged) {}

  public static RetentionDecision decide(Question question) {
    KeepRules rules = null;
    try {
      if (question.retention() != null) {
        rules = KeepRules.read(question.retention());
      }
    } catch (IllegalArgumentException refused) {
      return new Unusable(
          Reason.INVALID_SPEC.failure(
              "Nothing is removed: spec.retention cannot be read. " + refused.getMessage()));
    }
    return new RetentionPlan(question).decide(rules);
  }

  private RetentionDecision decide(@Nullable KeepRules rules) {
    keepUnclosed();
    keepByRules(rules);
    keepUndo();
    keepPins();
    keepNewest();
    var removals = removals();
    var kept =
        points.stream()
            .filter(point -> reasons.containsKey(point.id()))
            .map(point -> new Kept(point.id(), List.copyOf(reasonsOf(point))))
            .toList();
    return switch (question.forgetting()) {
      case FROZEN, PREVIEW -> new Withheld(kept, removals);
      case ALLOWED -> breaker(rules, kept, removals).orElseGet(() -> new Remove(kept, removals));
    };
  }

  private void keepUnclosed() {
    for (var point : points) {
      if (point.standing() != Standing.UNCLOSED) {
        continue;
      }
      if (!point.time().isBefore(question.now().minus(question.orphanAge()))) {
        keep(
            point, "without a manifest for less than " + DurationText.format(question.orphanAge()));
      } else if (question.activity() == Activity.A_RUN_LIVES) {
        keep(point, "without a manifest while a run lives");
      }
    }
  }

  private void keepByRules(@Nullable KeepRules rules) {
    var closed = matching(point -> point.standing() != Standing.UNCLOSED);
    if (rules == null || rules.isEmpty()) {
      closed.forEach(point -> keep(point, "no rule is set"));
      return;
    }
    var good = closed.stream().filter(point -> point.shortcoming() == null).toList();
    for (var judged : ForgetPolicy.apply(rules, dated(good), question.now())) {
      judged.reasons().forEach(reason -> reasonsOf(judged.id()).add(reason));
    }
    var ofAll = new HashMap<String, List<String>>();
    for (var judged : ForgetPolicy.apply(rules, dated(closed), question.now())) {
      ofAll.put(judged.id(), judged.reasons());
    }
    for (var point : closed) {
      var shortcoming = point.shortcoming();
      var asIfGood = ofAll.getOrDefault(point.id(), List.of());
      if (shortcoming != null && !asIfGood.isEmpty()) {
        keep(point, shortcoming + ", fills no slot: " + String.join(", ", asIfGood));
      }
    }
  }

  /** Whole or partial: {@code salvor restore --undo} has nothing else to bring back. */
  private void keepUndo() {
    var since = question.now().minus(SAFETY_TERM);
    matching(point -> point.origin() == Origin.SAFETY && point.time().isAfter(since))
        .forEach(
            point ->
                keep(
                    point,
                    "taken before a restore less than "
                        + DurationText.format(SAFETY_TERM)
                        + " ago"));
  }

  private void keepPins() {
    var retention = question.retention();
    var pins = retention == null || retention.pins() == null ? List.of() : retention.pins();
    matching(point -> pins.contains(point.id())).forEach(point -> keep(point, "pinned"));
  }

  private void keepNewest() {
    Predicate<StoredPoint> complete = StoredPoint::isComplete;
    Predicate<StoredPoint> good = complete.and(point -> point.shortcoming() == null);
    keepFirst(complete, "newest complete point");
    keepFirst(good, "newest good point");
    keepFirst(
        good.and(point -> !point.time().isAfter(question.now())),
        "newest good point that is not in the future");
    keepFirst(StoredPoint::isVerified, "newest verified point");
  }

  private void keepFirst(Predicate<StoredPoint> which, String reason) {
    points.stream()
        .filter(which)
        .findFirst()
        .filter(point -> !reasons.containsKey(point.id()))
        .ifPresent(point -> keep(point, reason));
  }

  private List<Removal> removals() {
    var removals = new ArrayList<Removal>();
    for (var point : points.reversed()) {
      if (!reasons.containsKey(point.id())) {
        removals.add(
            new Removal(
                point.id(),
                point.standing() == Standing.UNCLOSED ? Cause.NEVER_CLOSED : Cause.NOT_KEPT));
      }
    }
    removals.sort(Comparator.comparing(Removal::cause));
    return List.copyOf(removals);
  }

  private Optional<RetentionDecision> breaker(
      @Nullable KeepRules rules, List<Kept> kept, List<Removal> removals) {
    var complete = matching(StoredPoint::isComplete);
    var going = complete.stream().filter(point -> !reasons.containsKey(point.id())).toList();
    long goes = going.stream().filter(point -> !isThinnedOut(point)).count();
    if (goes == 0 || rules == null) {
      return Optional.empty();
    }
    int of = complete.size() - going.size() + Math.toIntExact(goes);
    int allowed = maximumRemovalPercent();
    if (goes * 100 <= (long) allowed * of
        || question.acknowledged().stream().anyMatch(token -> accepts(token, rules, goes, of))) {
      return Optional.empty();
    }
    var token = token(rules, ceiling(goes, of));
    var failure =
        Reason.BREAKER.failure(
            "Nothing was removed: the rules of spec.retention would remove "
                + goes
                + " of "
                + of
                + " complete points at once, more than "
                + allowed
                + " %. If that is right, add "
                + token
                + " to spec.acknowledge, or raise maximumRemovalPercent.");
    return Optional.of(new Stopped(kept, removals, failure, token));
  }

  private boolean isThinnedOut(StoredPoint point) {
    return points.stream()
        .filter(other -> other.isComplete() && other.shortcoming() == null)
        .filter(other -> reasons.containsKey(other.id()) && other.time().isAfter(point.time()))
        .anyMatch(other -> other.time().isBefore(point.time().plus(THINNING)));
  }

  private int maximumRemovalPercent() {
    var retention = question.retention();
    return retention == null || retention.maximumRemovalPercent() == null
        ? DEFAULT_MAXIMUM_REMOVAL_PERCENT
        : retention.maximumRemovalPercent();
  }

  /** A token of a larger share accepts a smaller one too, under the same rules. */
  private static boolean accepts(String token, KeepRules rules, long goes, int of) {
    for (int share = ceiling(goes, of); share <= 100; share += TOKEN_STEP_PERCENT) {
      if (token.equals(token(rules, share))) {
        return true;
      }
    }
    return false;
  }

  private static String token(KeepRules rules, int percent) {
    return "remove-up-to-" + percent + "-percent-" + rules.hash();
  }

  /** The share in per cent, up to the next whole ten, so that one more point asks nobody again. */
  private static int ceiling(long goes, int of) {
    return Math.ceilDiv(Math.toIntExact(goes) * 100, of * TOKEN_STEP_PERCENT) * TOKEN_STEP_PERCENT;
  }

  private List<StoredPoint> matching(Predicate<StoredPoint> which) {
    return points.stream().filter(which).toList();
  }

  private void keep(StoredPoint point, String reason) {
    reasonsOf(point).add(reason);
  }

  private List<String> reasonsOf(StoredPoint point) {
    return reasonsOf(point.id());
  }

  private List<String> reasonsOf(String id) {
    return reasons.computeIfAbsent(id, unseen -> new ArrayList<>());
  }

  private static List<Dated> dated(List<StoredPoint> points) {
    return points.stream().map(point -> new Dated(point.id(), point.time())).toList();
  }
}
