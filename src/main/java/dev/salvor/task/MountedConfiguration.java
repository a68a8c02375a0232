package dev.salvor.task;

import dev.salvor.api.Model;

/**
 * A Secret or ConfigMap that says how a project is run: all its keys are kept. The host mounts it
 * and does not read it.
 *
 * @param path where this worker finds it, as a kubelet lays it down; absolute
 */
@Model
public record MountedConfiguration(Kind kind, String name, String path) {
  private static final String FOLDER = "/run/salvor/configuration";

  /** What it is. */
  public enum Kind {
    SECRET("Secret", "secrets"),
    CONFIG_MAP("ConfigMap", "configMaps");

    private final String text;
    private final String folder;

    Kind(String text, String folder) {
      this.text = text;
      this.folder = folder;
    }
  }

  /** Where every pod has it. */
  public static MountedConfiguration of(Kind kind, String name) {
    return new MountedConfiguration(kind, name, FOLDER + "/" + kind.folder + "/" + name);
  }

  /** Where its keys lie among the files of a configuration; no name of an object has a slash. */
  public String folder() {
    return kind.folder + "/" + name;
  }

  /** For messages. */
  public String text() {
    return kind.text + " " + name;
  }
}
