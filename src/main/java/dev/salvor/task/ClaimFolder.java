package dev.salvor.task;

/** What planner and Job must agree on about a store on a claim. */
public final class ClaimFolder {
  /** Where a Job mounts the claim. */
  public static final String MOUNT = "/salvor/store";

  private ClaimFolder() {}
}
