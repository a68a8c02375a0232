package dev.salvor.operator.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Failure;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import dev.salvor.plan.Purpose;
import dev.salvor.plan.RunLabels;
import dev.salvor.plan.StableHash;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@link RunLabels} as a Job and its pods bear them, so that a host knows a run without reading its
 * Task.
 *
 * <p>Annotations hold every value as it is. Labels are for selecting only: a label takes 63
 * characters and no slash, so what does not fit is there as its hash ({@link #selectable}).
 */
public final class JobLabels {
  /** Label of every Job and pod of ours; its value is the purpose. */
  public static final String MANAGED = "salvor.dev/run";

  /** Label: the policy's uid, as {@link #selectable}. */
  public static final String POLICY = "salvor.dev/policy";

  /** Label: the request's uid, as {@link #selectable}. */
  public static final String REQUEST = "salvor.dev/request";

  /** Label: the store's key, as {@link #selectable}. */
  public static final String STORE = "salvor.dev/store";

  /**
   * Annotation of a Job that the host gave up on: why and when. It is written in the same patch
   * that suspends the Job, so that neither a restart of the host nor a pod that starts after all
   * can turn the run into another one.
   */
  public static final String GAVE_UP = "salvor.dev/gave-up";

  /** Annotation of a Job that has not begun: why, in words. */
  public static final String WAITING = "salvor.dev/waiting";

  /**
   * Annotation of a Job that was let go and waits for its copies of claims to be made, or for the
   * users of its claims to end: since when. Taken away in the same patch that resumes it.
   */
  public static final String PREPARING = "salvor.dev/preparing-since";

  /** Annotation of a Job: the {@link ClaimCopy} that it mounts, as JSON. */
  public static final String COPIES = "salvor.dev/claim-copies";

  /**
   * Annotation of a Job: claims, parted by commas, whose users' workloads are scaled to zero for
   * it, and workloads as Kind/name. Empty when they may come back before it has ended.
   */
  public static final String SCALES = "salvor.dev/scales-to-zero";

  /**
   * Annotation of a Job: the {@link dev.salvor.api.VolumeSource.Hook} around it, as JSON. Empty
   * when what they began may be taken back before it has ended.
   */
  public static final String HOOKS = "salvor.dev/hooks";

  /**
   * Annotation of a Job: {@link HookChoice.Chosen#held what held still} when its claims began to be
   * read or snapped, parted by commas. It is to be so until the end of that.
   */
  public static final String HELD = "salvor.dev/held-still";

  /** Annotation of a pod: {@link dev.salvor.task.WorkerEnvironment#SOURCE_TIMES}. */
  public static final String SOURCE_TIMES = "salvor.dev/source-times";

  /** Annotation of a Job: nodes of claims that its own has not, by their names, as JSON. */
  public static final String ELSEWHERE = "salvor.dev/elsewhere";

  /** Annotation of a Job: what its {@link Leg}s kept so far, in their order, parted by commas. */
  public static final String SHARES = "salvor.dev/shares";

  /**
   * Annotation of a Job that reads for another, which it names, and label of its pods; it is no run
   * itself.
   */
  public static final String LEG_OF = "salvor.dev/leg-of";

  /** Annotation of a pod: {@link dev.salvor.task.WorkerEnvironment#SPAN}. */
  public static final String SPAN = "salvor.dev/span";

  private static final String STORE_KEY = "salvor.dev/store-key";
  private static final String REPOSITORY_KEY = "salvor.dev/repository-key";
  private static final String POLICY_UID = "salvor.dev/policy-uid";
  private static final String REQUEST_UID = "salvor.dev/request-uid";
  private static final String RECOVERY_POINT = "salvor.dev/recovery-point";
  private static final String TICK = "salvor.dev/tick";
  private static final String ATTEMPT = "salvor.dev/attempt";

  private static final Pattern LABEL_VALUE =
      Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");

  /** 80 bits: two stores of a cluster do not meet by chance. */
  private static final int HASH_LENGTH = 16;

  private JobLabels() {}

  /** Why and when a host gave up on a Job that did not start. */
  @Model
  public record GaveUp(Failure failure, Instant time) {}

  /** Labels of the Job and its pods. */
  public static Map<String, String> labels(RunLabels labels) {
    var map = new LinkedHashMap<String, String>();
    map.put(MANAGED, labels.purpose().text());
    map.put(STORE, selectable(labels.storeKey()));
    put(map, POLICY, labels.policyUid() == null ? null : selectable(labels.policyUid()));
    put(map, REQUEST, labels.requestUid() == null ? null : selectable(labels.requestUid()));
    return map;
  }

  /** Annotations of the Job and its pods; the name is the Job's own. */
  public static Map<String, String> annotations(RunLabels labels) {
    var map = new LinkedHashMap<String, String>();
    map.put(STORE_KEY, labels.storeKey());
    put(map, REPOSITORY_KEY, labels.repositoryKey());
    put(map, POLICY_UID, labels.policyUid());
    put(map, REQUEST_UID, labels.requestUid());
    put(map, RECOVERY_POINT, labels.recoveryPoint());
    map.put(TICK, labels.tick().toString());
    map.put(ATTEMPT, Integer.toString(labels.attempt()));
    return map;
  }

  /** Empty: a leg, or not readable, since it is someone else's or of a newer version. */
  public static Optional<RunLabels> read(Job job) {
    return legOf(job) == null ? readAny(job) : Optional.empty();
  }

  /** Of a leg those of its run, whose name its worker reports by. */
  static Optional<RunLabels> readAny(Job job) {
    var metadata = job.getMetadata();
    var labels = metadata.getLabels();
    var annotations = metadata.getAnnotations();
    if (labels == null || annotations == null) {
      return Optional.empty();
    }
    var purpose = purpose(labels.get(MANAGED));
    var storeKey = annotations.get(STORE_KEY);
    var tick = annotations.get(TICK);
    var attempt = annotations.get(ATTEMPT);
    if (purpose.isEmpty() || storeKey == null || tick == null || attempt == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new RunLabels(
              Objects.requireNonNullElse(annotations.get(LEG_OF), metadata.getName()),
              purpose.get(),
              storeKey,
              annotations.get(REPOSITORY_KEY),
              annotations.get(POLICY_UID),
              annotations.get(REQUEST_UID),
              annotations.get(RECOVERY_POINT),
              Instant.parse(tick),
              Integer.parseInt(attempt)));
    } catch (DateTimeException | NumberFormatException notOurs) {
      return Optional.empty();
    }
  }

  /**
   * What stands in a label for this value: the value itself, or a hash where a label cannot hold
   * it.
   */
  public static String selectable(String value) {
    return LABEL_VALUE.matcher(value).matches() ? value : StableHash.of(value).letters(HASH_LENGTH);
  }

  /** The annotation {@link #GAVE_UP}. */
  public static Map<String, String> gaveUp(Failure failure, Instant time) {
    try {
      return Map.of(GAVE_UP, Json.mapper().writeValueAsString(new GaveUp(failure, time)));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("a failure that cannot be written", e);
    }
  }

  /** What the annotation {@link #GAVE_UP} says, if it is there. */
  static Optional<GaveUp> gaveUp(Job job) {
    var text = annotation(job, GAVE_UP);
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.mapper().readValue(text, GaveUp.class))
          .filter(read -> read.failure() != null && read.time() != null);
    } catch (JsonProcessingException notOurs) {
      return Optional.empty();
    }
  }

  /** What the annotation {@link #WAITING} says; null if it is not there, or empty. */
  public static @Nullable String waiting(Job job) {
    var waiting = annotation(job, WAITING);
    return waiting == null || waiting.isEmpty() ? null : waiting;
  }

  /** Whether a host gave up on it. */
  public static boolean isGivenUp(Job job) {
    return gaveUp(job).isPresent();
  }

  /** Since when it is prepared; null: it is not, or somebody wrote what is no time. */
  public static @Nullable Instant preparingSince(Job job) {
    var since = annotation(job, PREPARING);
    try {
      return since == null ? null : Instant.parse(since);
    } catch (DateTimeException notOurs) {
      return null;
    }
  }

  /** Claims whose users are not to run now, and workloads as Kind/name; empty: none. */
  public static List<String> scaledToZero(Job job) {
    var claims = annotation(job, SCALES);
    return claims == null || claims.isBlank() ? List.of() : List.of(claims.split(","));
  }

  /** Whether it is to go on in the middle of hooks. */
  public static boolean hasHooks(Job job) {
    var hooks = annotation(job, HOOKS);
    return hooks != null && !hooks.isEmpty();
  }

  /** Whether all is made to hold still, and its claims are read or snapped. */
  public static boolean isHeld(Job job) {
    return hasHooks(job) && annotation(job, HELD) != null;
  }

  /** What the annotation {@link #HELD} says. */
  static Set<String> held(Job job) {
    var held = annotation(job, HELD);
    return held == null || held.isEmpty()
        ? Set.of()
        : new TreeSet<>(Arrays.asList(held.split(",")));
  }

  /** Whether the application went on as before, before it has ended. */
  public static boolean isReleased(Job job) {
    return "".equals(annotation(job, SCALES)) || "".equals(annotation(job, HOOKS));
  }

  /** The run that a Job reads for; null: it is a run itself, or not ours. */
  public static @Nullable String legOf(Job job) {
    return annotation(job, LEG_OF);
  }

  /** Whether it is a run or a leg of one. */
  public static boolean isOurs(Job job) {
    return readAny(job).isPresent();
  }

  /** What its legs kept so far, in their order. */
  public static List<String> shares(Job job) {
    var shares = annotation(job, SHARES);
    return shares == null || shares.isBlank() ? List.of() : List.of(shares.split(","));
  }

  /** Whether anything is to be done when it may go, before it is resumed. */
  public static boolean isPrepared(Job job) {
    return ClaimCopy.isOf(job) || Leg.isOf(job) || !scaledToZero(job).isEmpty() || hasHooks(job);
  }

  /** What its pods are told besides, once it is known; null: that is not known yet. */
  public static @Nullable String ofPods(Job job, String annotation) {
    var template = job.getSpec().getTemplate().getMetadata();
    var annotations = template == null ? null : template.getAnnotations();
    return annotations == null ? null : annotations.get(annotation);
  }

  static @Nullable String annotation(Job job, String name) {
    var annotations = job.getMetadata().getAnnotations();
    return annotations == null ? null : annotations.get(name);
  }

  private static void put(Map<String, String> map, String key, @Nullable String value) {
    if (value != null) {
      map.put(key, value);
    }
  }

  private static Optional<Purpose> purpose(@Nullable String text) {
    return Arrays.stream(Purpose.values())
        .filter(purpose -> purpose.text().equals(text))
        .findFirst();
  }
}
