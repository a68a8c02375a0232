package dev.salvor.plan;

import dev.salvor.api.Condition;
import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Builds a status' conditions in a fixed order. The transition time is kept while the status stays
 * the same (Kubernetes API conventions), so that a settled resource makes no write.
 */
public final class Conditions {
  public static final String READY = "Ready";
  public static final String RECONCILING = "Reconciling";
  public static final String STALLED = "Stalled";
  public static final String PROTECTED = "Protected";
  public static final String VERIFIED = "Verified";
  public static final String KEY_ESCROW = "KeyEscrow";

  /** The three values of a condition. */
  public enum Value {
    TRUE("True"),
    FALSE("False"),
    UNKNOWN("Unknown");

    private final String text;

    Value(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }

  private final List<Condition> before;
  private final @Nullable Long generation;
  private final Instant now;
  private final List<Condition> after = new ArrayList<>();

  public Conditions(@Nullable List<Condition> before, @Nullable Long generation, Instant now) {
    this.before = before == null ? List.of() : before;
    this.generation = generation;
    this.now = now;
  }

  public Conditions set(String type, Value value, Reason reason, String message) {
    var changed =
        find(before, type)
            .filter(condition -> condition.status().equals(value.text()))
            .map(Condition::lastTransitionTime)
            .orElse(now);
    after.add(new Condition(type, value.text(), generation, changed, reason.text(), message));
    return this;
  }

  /** Ready, Reconciling and Stalled for a resource that works or is done (kstatus: Current). */
  public Conditions ready(Reason reason, String message) {
    return set(READY, Value.TRUE, reason, message);
  }

  /** For a resource that is being worked on or waits (kstatus: InProgress). */
  public Conditions progressing(Reason reason, String message) {
    return set(READY, Value.UNKNOWN, reason, message).set(RECONCILING, Value.TRUE, reason, message);
  }

  /** For a resource that needs a person (kstatus: Failed). */
  public Conditions stalled(Reason reason, String message) {
    return set(READY, Value.FALSE, reason, message).set(STALLED, Value.TRUE, reason, message);
  }

  /** For a resource that waits for something else to appear, or needs a person. */
  Conditions refused(Failure why) {
    return why.reason().course() == Reason.Course.WAITING
        ? progressing(why.reason(), why.message())
        : stalled(why.reason(), why.message());
  }

  public List<Condition> list() {
    return List.copyOf(after);
  }

  public static Optional<Condition> find(@Nullable List<Condition> conditions, String type) {
    return conditions == null
        ? Optional.empty()
        : conditions.stream().filter(condition -> condition.type().equals(type)).findFirst();
  }

  /** Done or failed for good: a one-shot is never judged again. */
  public static boolean isSettled(@Nullable List<Condition> conditions) {
    return isTrue(conditions, READY) || isTrue(conditions, STALLED);
  }

  public static boolean isTrue(@Nullable List<Condition> conditions, String type) {
    return find(conditions, type)
        .filter(condition -> condition.status().equals("True"))
        .isPresent();
  }
}
