package dev.salvor.plan;

import java.time.Instant;

/**
 * Names of runs, which are names of Jobs. The same work has the same name on every host and after
 * every restart, so that creating it twice is creating it once; the next attempt has another.
 *
 * <p>{@code <name, cut to 40>-<purpose>-<hash>}: at most 40 + 1 + 8 + 1 + 12 = 62 characters, a DNS
 * label (RFC 1123), which Kubernetes asks of a Job because its pods bear it as a label. The hash is
 * of the resource's uid, the cause and the attempt: two policies with the same first 40 letters
 * differ, and so does a policy from the one of the same name before it.
 */
public final class RunNames {
  private static final int NAME_LENGTH = 40;

  /** 60 bits: two names meet by chance once in thousands of millions of runs of one policy. */
  private static final int HASH_LENGTH = 12;

  private RunNames() {}

  /** Why a run is started. */
  public sealed interface Cause {
    /** A tick of a schedule, by its nominal time. */
    record Scheduled(Instant tick) implements Cause {}

    /** A request, by its uid. */
    record Requested(String uid) implements Cause {}

    /**
     * What another run left to do, such as verifying the point before a refuted one.
     *
     * @param about what sets it apart from others after the same run, such as a recovery point's id
     */
    record Following(String run, String about) implements Cause {}
  }

  /**
   * The name of a run.
   *
   * @param resource name of the policy or store
   * @param uid of the policy or store
   * @param attempt from 1
   */
  public static String of(String resource, String uid, Purpose purpose, Cause cause, int attempt) {
    var hash =
        switch (cause) {
          case Cause.Scheduled(var tick) ->
              StableHash.of(
                  uid, purpose.text(), "tick", tick.toString(), Integer.toString(attempt));
          case Cause.Requested(var request) ->
              StableHash.of(uid, purpose.text(), "request", request, Integer.toString(attempt));
          case Cause.Following(var run, var about) ->
              StableHash.of(uid, purpose.text(), "after", run, about, Integer.toString(attempt));
        };
    return label(resource) + "-" + purpose.text() + "-" + hash.letters(HASH_LENGTH);
  }

  /** A resource's name may hold dots, a label may not; neither may end in what a cut leaves. */
  private static String label(String resource) {
    var cut = resource.substring(0, Math.min(resource.length(), NAME_LENGTH)).replace('.', '-');
    int end = cut.length();
    while (end > 0 && cut.charAt(end - 1) == '-') {
      end--;
    }
    return cut.substring(0, end);
  }
}
