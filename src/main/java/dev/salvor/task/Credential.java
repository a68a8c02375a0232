package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * The places under the worker's credentials folder. Both hosts fill them the same way: a whole
 * Secret becomes one file for each key, a single key becomes the file {@value #VALUE}.
 */
public enum Credential {
  STORE_PASSWORD("store-password"),
  STORE_S3("store-s3"),
  STORE_CA("store-ca"),
  SOURCE("source"),
  SOURCE_PASSWORD("source-password"),
  SOURCE_CA("source-ca"),
  SOURCE_TOKEN("source-token"),
  STORAGE_S3("storage-s3"),
  STORAGE_CA("storage-ca"),
  TARGET("target"),
  TARGET_PASSWORD("target-password"),
  TARGET_CA("target-ca"),
  TARGET_TOKEN("target-token");

  /** File name of a single key. */
  public static final String VALUE = "value";

  /** File that says where on this machine the server of a container keeps its data. */
  public static final String DATA_FOLDER = "data-folder";

  private final String folder;

  Credential(String folder) {
    this.folder = folder;
  }

  /** Folder below the credentials folder. */
  @JsonValue
  public String folder() {
    return folder;
  }
}
