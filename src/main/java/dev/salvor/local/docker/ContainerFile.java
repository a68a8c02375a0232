package dev.salvor.local.docker;

/** What came of looking at a file of a container. */
public sealed interface ContainerFile {
  /** What stands in it, in UTF-8. */
  record Content(String text) implements ContainerFile {
    /** It is looked at for passwords. */
    @Override
    public String toString() {
      return "Content[]";
    }
  }

  /**
   * It is not there, or no file that is read.
   *
   * @param why the end of a sentence
   */
  record Unreadable(String why) implements ContainerFile {}
}
