package dev.salvor.local.state;

import java.nio.file.Path;

/** Writes one file over and over, until it is killed; each content is whole in itself. */
final class DurableFileWriter {
  private DurableFileWriter() {}

  /** A number, filled with so many of its last digit that a part of it would show. */
  static String content(long number) {
    return number + ":" + Long.toString(number % 10).repeat(100_000) + ":" + number;
  }

  public static void main(String[] arguments) {
    var file = Path.of(arguments[0]);
    for (long number = Long.parseLong(arguments[1]); ; number++) {
      DurableFile.write(file, content(number));
      System.out.println(number);
    }
  }
}
