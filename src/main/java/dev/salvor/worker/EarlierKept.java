package dev.salvor.worker;

import java.util.List;
import java.util.Optional;

/**
 * What an earlier attempt of a restore kept of the database that had the name then.
 *
 * @param point its safety point
 * @param oid which database it was: a dropped one never comes back under its oid
 */
record EarlierKept(String point, long oid) {

  /**
   * The point that holds what was dropped first as it was last. An attempt that ended before its
   * drop kept it too, and people wrote to it until the next one.
   *
   * @param kept the oldest first
   * @param present oid of the database that has the name now
   */
  static Optional<String> lastBeforeTheDrop(List<EarlierKept> kept, long present) {
    return kept.stream()
        .filter(one -> one.oid() != present)
        .findFirst()
        .flatMap(
            first ->
                kept.stream()
                    .filter(one -> one.oid() == first.oid())
                    .reduce((_, later) -> later)
                    .map(EarlierKept::point));
  }
}
