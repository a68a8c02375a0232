package dev.salvor.task;

/** The variables by which a host hands a Task to a worker; unset for the worker's own children. */
public final class WorkerEnvironment {
  /**
   * The Task as JSON; every {@code $} written as {@code \\u0024}, which the kubelet would rewrite.
   */
  public static final String TASK = "SALVOR_TASK";

  /** Folder with a folder for each {@link Credential}. */
  public static final String CREDENTIALS = "SALVOR_CREDENTIALS";

  /** File that the report is written to. */
  public static final String REPORT = "SALVOR_REPORT";

  /** Folder for scratch files; emptied by the host. */
  public static final String SCRATCH = "SALVOR_SCRATCH";

  /** How many bytes that folder may hold; absent: what its file system has. */
  public static final String SCRATCH_BYTES = "SALVOR_SCRATCH_BYTES";

  /** Folder that Fetch fills and Compare reads. */
  public static final String SANDBOX = "SALVOR_SANDBOX";

  /** Where a server beside the worker finds what it needs of it; absent: at the same path. */
  public static final String SANDBOX_INSIDE = "SALVOR_SANDBOX_INSIDE";

  /**
   * Uid of a server beside the worker that sees its own folders of it alone, which Fetch makes;
   * absent: Fetch's own, or of root one that nobody has.
   */
  public static final String SANDBOX_USER = "SALVOR_SANDBOX_USER";

  /** How many bytes that folder may hold; absent: what its file system has. */
  public static final String SANDBOX_BYTES = "SALVOR_SANDBOX_BYTES";

  /** Folder of restic's cache; absent: an empty one for this run. */
  public static final String CACHE = "SALVOR_RESTIC_CACHE";

  /** A file that a host on one machine locks for each repository; absent in a cluster. */
  public static final String REPOSITORY_LOCK = "SALVOR_REPOSITORY_LOCK";

  /**
   * When the trees of a backup were as the worker finds them: a JSON object of names and times. A
   * tree that is not in it is as it is now.
   */
  public static final String SOURCE_TIMES = "SALVOR_SOURCE_TIMES";

  /** {@link Span} as JSON; absent: all trees of a backup are this worker's. */
  public static final String SPAN = "SALVOR_SPAN";

  /** Folder of {@link HoldFiles}; absent: nobody holds still for this run. */
  public static final String HOLD = "SALVOR_HOLD";

  private WorkerEnvironment() {}
}
