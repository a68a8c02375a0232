package dev.salvor.plan.schedule;

import dev.salvor.plan.StableHash;

/**
 * Whose schedule it is: what {@code H} and jitter are drawn from. The name and not the uid, so that
 * a policy that is removed and applied again keeps its hour.
 *
 * @param purpose {@code backup}, {@code verify} or {@code maintain}: one policy's schedules spread
 *     independently
 */
public record ScheduleSeed(String namespace, String name, String purpose) {
  StableHash hash(String use) {
    return StableHash.of(namespace, name, purpose, use);
  }
}
