package dev.salvor.engine.restic;

import java.util.List;

/**
 * What a check found.
 *
 * @param errors restic's own words, bounded; empty: nothing wrong
 * @param brokenPacks whose content is not what it should be, to be given to {@link
 *     ResticRepository#repairPacks}
 */
public record Checked(List<String> errors, List<String> brokenPacks) {
  public Checked {
    errors = List.copyOf(errors);
    brokenPacks = List.copyOf(brokenPacks);
  }

  public boolean sound() {
    return errors.isEmpty();
  }
}
