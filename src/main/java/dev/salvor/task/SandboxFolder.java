package dev.salvor.task;

/**
 * What the containers of a verification's pod must agree on: all of them mount one folder, Fetch
 * fills it, the server lives in it, Compare reads it.
 */
public final class SandboxFolder {
  /** Where each container mounts it, or what it needs of it. */
  public static final String MOUNT = "/sandbox";

  /** Folder in it that holds each file tree under its name. */
  public static final String TREES = "trees";

  /** Folder in it that the server's socket appears in. */
  public static final String SOCKET = "socket";

  /**
   * File in it that the server's container mounts as {@code /etc/passwd}: initdb refuses a uid that
   * has no entry there. Fetch writes it, with the uid that it runs as.
   */
  public static final String PASSWD = "passwd";

  /** Folder in it by which Fetch tells the server what to be, and the server what became of it. */
  public static final String SERVER = "server";

  /** Folder in it that is the server's own. */
  public static final String DATA = "data";

  private SandboxFolder() {}
}
