package dev.salvor.local.manifest;

import java.nio.file.Path;

/**
 * Where a resource is written.
 *
 * @param file the file
 * @param document number of the document within the file, from 1; 0 for the file as a whole
 */
public record Origin(Path file, int document) {
  @Override
  public String toString() {
    return document == 0 ? file.toString() : file + " (document " + document + ")";
  }
}
