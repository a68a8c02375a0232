package dev.salvor.api;

import org.jspecify.annotations.Nullable;

/** A status that says which generation of its resource it speaks of. */
public interface ObservedStatus {
  /** Null or -1: none yet. */
  @Nullable Long observedGeneration();
}
