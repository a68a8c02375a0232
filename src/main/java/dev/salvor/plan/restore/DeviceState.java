package dev.salvor.plan.restore;

/**
 * The device that is to be restored to, as it was found.
 *
 * @param presence what it holds
 * @param sizeBytes of it; 0 where there is none
 */
public record DeviceState(Presence presence, long sizeBytes) {
  /** Of a target that is not there yet. */
  public static final DeviceState NOT_LOOKED_AT = new DeviceState(Presence.BLANK, Long.MAX_VALUE);

  /** What is there. */
  public enum Presence {
    /** Zeros, from its first byte to its last. */
    BLANK,
    /** An earlier attempt of this very request began to write to it. */
    BEGUN,
    /** Another restore began to write to it, and has not ended. */
    BEGUN_BY_OTHER,
    /** All that is to be restored: an earlier attempt ended and lost its report. */
    DONE,
    FULL,
    /** A folder, or nothing. */
    NO_DEVICE
  }
}
