package dev.salvor.engine.objectstore;

import dev.salvor.api.Model;
import java.time.Instant;

/**
 * What makes a place a store: {@value #KEY} at its root. Written once and never changed, so that a
 * store whose writers may delete nothing can hold it.
 *
 * @param format 1
 * @param id of the store
 * @param created by the worker's clock, for people
 */
@Model
public record StoreMarker(int format, String id, Instant created) {
  /** Where it lies. */
  public static final String KEY = "salvor-store.json";
}
