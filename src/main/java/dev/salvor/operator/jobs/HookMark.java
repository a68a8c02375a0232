package dev.salvor.operator.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import dev.salvor.api.VolumeSource.Hook;
import dev.salvor.plan.StableHash;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a pod bears in which hooks of a run were begun: all that it takes to take them back, for
 * whoever leads, also when neither run nor policy is there any more. Written before each command,
 * and taken away when nothing is left to take back. The one place that knows how it is written.
 *
 * @param version of this form; another is not read, and not touched
 * @param run name of the Job
 * @param uid of the Job
 * @param limit when it is taken back, also from a run that still waits for something else; what is
 *     not known to hold is insisted on until then
 * @param releasing written before the first after command: nothing is held from then on
 * @param begun in the order in which they were begun
 */
@Model
public record HookMark(
    int version, String run, String uid, Instant limit, boolean releasing, List<Begun> begun) {
  /** Label, to find them by, and annotation, as JSON. */
  public static final String MARK = "salvor.dev/in-hook";

  static final int VERSION = 1;

  /** What does not succeed is tried again after this, and after twice as long each time. */
  static final Duration AGAIN = Duration.ofSeconds(10);

  /** What hangs goes on in its pod, and is more there with each attempt. */
  static final Duration SELDOM = Duration.ofMinutes(5);

  /** What {@link #limit} leaves beside the time of the commands themselves. */
  public static final Duration LEEWAY = Duration.ofMinutes(10);

  /**
   * The longest from the decision to run a before command until it begins, if it does: five seconds
   * to be asked for, and as long as a connection may take, twice.
   */
  static final Duration BEGINS = Duration.ofSeconds(25);

  private static final int HASH_LENGTH = 16;

  /** What is known of a hook. */
  public enum State {
    /** It was begun, and may hold or not. */
    BEGUN,
    /** Its before command succeeded, and nothing took it back. */
    HELD
  }

  /**
   * That an after command was begun.
   *
   * @param last when it was last
   * @param times how often it was, by whoever leads
   */
  public record Tried(Instant last, int times) {
    /** As often as doubling comes to the longest. */
    private static final int MOST_DOUBLINGS = 5;

    /** Once more. */
    public static Tried of(@Nullable Tried before, Instant now) {
      return new Tried(now, before == null ? 1 : before.times() + 1);
    }

    Instant again() {
      var wait = AGAIN.multipliedBy(1L << Math.min(times - 1, MOST_DOUBLINGS));
      return last.plus(wait.compareTo(SELDOM) < 0 ? wait : SELDOM);
    }
  }

  /**
   * A hook that was begun.
   *
   * @param hook its place among those of the run
   * @param containerId that the container had then: one that was started anew holds nothing; null:
   *     none was known
   * @param after program and arguments; null: there is nothing to take back
   * @param until when what was run for it is thought to have ended at the latest: a command that is
   *     given up goes on, and has its time once more for that
   */
  @Model
  public record Begun(
      int hook,
      String container,
      @Nullable String containerId,
      @Nullable List<String> after,
      int timeoutSeconds,
      State state,
      Instant until) {
    public Begun {
      Objects.requireNonNull(container);
      Objects.requireNonNull(state);
      Objects.requireNonNull(until);
      after = after == null ? null : List.copyOf(after);
    }

    Begun in(State other, Instant ended) {
      return new Begun(hook, container, containerId, after, timeoutSeconds, other, ended);
    }

    Begun givenUp(Instant now) {
      var later = now.plusSeconds(timeoutSeconds);
      return later.isAfter(until) ? in(state, later) : this;
    }

    boolean holds(Pod pod) {
      return state == State.HELD
          && Objects.equals(containerId, HookChoice.containerId(container, pod));
    }

    /** When its after command is to be run, which was {@code tried} or not. */
    Instant due(@Nullable Tried tried) {
      if (tried == null) {
        return Instant.MIN;
      }
      return state == State.BEGUN && tried.last().isBefore(until) ? until : tried.again();
    }

    /**
     * What is left to take back once its after command came to this.
     *
     * @param tried when that was begun
     */
    Optional<Begun> after(HookOutcome outcome, Instant tried, Instant now, Instant limit) {
      // What goes on in the pod, given up, could begin to hold after it was taken back, or free
      // what the next run holds.
      var isAlone = !tried.isBefore(until);
      // Many fail where there is nothing to take back, and other backups wait.
      var isEnough = isAlone && state != State.HELD && !tried.isBefore(limit);
      return switch (outcome) {
        case HookOutcome.Succeeded _ -> Optional.of(in(State.BEGUN, until)).filter(it -> !isAlone);
        case HookOutcome.Failed _, HookOutcome.Broken _ ->
            Optional.of(this).filter(it -> !isEnough);
        case HookOutcome.Lost _ -> Optional.of(givenUp(now)).filter(it -> !isEnough);
        case HookOutcome.Refused _ -> Optional.of(this);
      };
    }
  }

  public HookMark {
    if (version != VERSION) {
      throw new IllegalArgumentException("a mark of version " + version);
    }
    Objects.requireNonNull(run);
    Objects.requireNonNull(uid);
    Objects.requireNonNull(limit);
    begun = List.copyOf(begun);
  }

  /** Nothing was begun yet. */
  public static HookMark of(Job job, List<Hook> hooks, Instant now) {
    var metadata = job.getMetadata();
    var seconds = hooks.stream().mapToInt(Hook::seconds).sum();
    return new HookMark(
        VERSION,
        metadata.getName(),
        metadata.getUid(),
        now.plus(LEEWAY).plusSeconds(seconds),
        false,
        List.of());
  }

  /** By its label: an annotation that a template or a rollback brought says nothing. */
  public static boolean isMarked(Pod pod) {
    var labels = pod.getMetadata().getLabels();
    return labels != null && labels.containsKey(MARK);
  }

  /** Empty: there is none, or it cannot be read. */
  public static Optional<HookMark> read(Pod pod) {
    var annotations = pod.getMetadata().getAnnotations();
    var text = annotations == null || !isMarked(pod) ? null : annotations.get(MARK);
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(Json.mapper().readValue(text, HookMark.class));
    } catch (JsonProcessingException ofAnotherVersion) {
      return Optional.empty();
    }
  }

  public boolean isFor(Job job) {
    return uid.equals(job.getMetadata().getUid());
  }

  /** A hook whose before command is about to be run; without one it holds at once. */
  public HookMark begin(int number, Hook hook, Pod pod, Instant now) {
    var container = HookChoice.container(hook, pod);
    var all = new ArrayList<>(begun);
    all.add(
        new Begun(
            number,
            container,
            HookChoice.containerId(container, pod),
            hook.after(),
            hook.seconds(),
            hook.before() == null ? State.HELD : State.BEGUN,
            hook.before() == null ? now : now.plus(BEGINS).plusSeconds(2L * hook.seconds())));
    return new HookMark(version, run, uid, limit, releasing, all);
  }

  /** Whether a hook was begun that is not known to hold. */
  public boolean hasOpen() {
    return begun.stream().anyMatch(one -> one.state() == State.BEGUN);
  }

  /** Whether a hook was begun. */
  public boolean has(int number) {
    return begun.stream().anyMatch(one -> one.hook() == number);
  }

  /** Whether these hooks hold in this pod. Not while any is taken back. */
  public boolean holds(Pod pod, Collection<Integer> numbers) {
    return !releasing
        && numbers.stream()
            .allMatch(
                number -> begun.stream().anyMatch(one -> one.hook() == number && one.holds(pod)));
  }

  /**
   * What became of a before command.
   *
   * @param now when it ended; one that is given up now has its time once more
   */
  public HookMark before(int number, HookOutcome outcome, Instant now) {
    return switch (outcome) {
      case HookOutcome.Succeeded _ -> changing(number, one -> Optional.of(one.in(State.HELD, now)));
      case HookOutcome.Failed _ -> changing(number, one -> Optional.of(one.in(State.BEGUN, now)));
      case HookOutcome.Refused _ -> changing(number, one -> Optional.empty());
      case HookOutcome.Broken _, HookOutcome.Lost _ ->
          changing(number, one -> Optional.of(one.givenUp(now)));
    };
  }

  /** What became of an after command. */
  public HookMark after(int number, HookOutcome outcome, Instant tried, Instant now) {
    return changing(number, one -> one.after(outcome, tried, now, limit));
  }

  /** From now on all is taken back, of which there is anything to take back. */
  public HookMark release() {
    return new HookMark(
        version, run, uid, limit, true, begun.stream().filter(one -> one.after() != null).toList());
  }

  /**
   * Whose after command is to be run now: the last begun first, and one that fails keeps none of
   * the others waiting.
   *
   * @param tried when that of a hook was begun last
   */
  public Optional<Begun> due(Map<Integer, Tried> tried, Instant now) {
    return begun.reversed().stream()
        .filter(one -> !now.isBefore(one.due(tried.get(one.hook()))))
        .findFirst();
  }

  /** When that of the first is to be run; empty: there is none. */
  public Optional<Instant> next(Map<Integer, Tried> tried) {
    return begun.stream().map(one -> one.due(tried.get(one.hook()))).min(Comparator.naturalOrder());
  }

  private HookMark changing(int number, Function<Begun, Optional<Begun>> how) {
    return new HookMark(
        version,
        run,
        uid,
        limit,
        releasing,
        begun.stream()
            .flatMap(one -> (one.hook() == number ? how.apply(one) : Optional.of(one)).stream())
            .toList());
  }

  /**
   * The JSON patch that writes it. The API server refuses it for another pod of that name, and
   * where the mark is not the one that was read: whoever stood still writes nothing over what
   * another leader wrote. The pod's version is no matter, since to make an application hold still
   * changes its status.
   */
  public String marking(Pod pod) {
    try {
      return patch(pod, "true", Json.mapper().writeValueAsString(this));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("a mark that cannot be written", e);
    }
  }

  /** The JSON patch that takes it away. */
  public static String unmarking(Pod pod) {
    return patch(pod, null, null);
  }

  /** Whether both are the same pod with the same mark. */
  public static boolean isAsRead(Pod read, @Nullable Pod live) {
    return live != null
        && read.getMetadata().getUid().equals(live.getMetadata().getUid())
        && isMarked(read) == isMarked(live)
        && Objects.equals(written(read), written(live));
  }

  /** What sets this mark on this pod apart from any other: its times are not those of another. */
  static String print(Pod pod) {
    return StableHash.of(pod.getMetadata().getUid(), String.valueOf(written(pod)))
        .letters(HASH_LENGTH);
  }

  private static @Nullable String written(Pod pod) {
    var annotations = pod.getMetadata().getAnnotations();
    return annotations == null ? null : annotations.get(MARK);
  }

  private static String patch(Pod pod, @Nullable String label, @Nullable String annotation) {
    var patch = Json.mapper().createArrayNode();
    var metadata = pod.getMetadata();
    patch
        .addObject()
        .put("op", "test")
        .put("path", "/metadata/uid")
        .put("value", metadata.getUid());
    change(patch, "labels", metadata.getLabels(), label);
    change(patch, "annotations", metadata.getAnnotations(), annotation);
    return patch.toString();
  }

  private static void change(
      ArrayNode patch, String where, @Nullable Map<String, String> old, @Nullable String value) {
    var all = "/metadata/" + where;
    var path = all + "/" + MARK.replace("/", "~1");
    if (old == null || old.isEmpty()) {
      patch.addObject().put("op", "test").put("path", all).putNull("value");
      if (value != null) {
        patch.addObject().put("op", "add").put("path", all).putObject("value").put(MARK, value);
      }
      return;
    }
    patch.addObject().put("op", "test").put("path", path).put("value", old.get(MARK));
    if (value != null) {
      patch.addObject().put("op", "add").put("path", path).put("value", value);
    } else if (old.containsKey(MARK)) {
      patch.addObject().put("op", "remove").put("path", path);
    }
  }
}
