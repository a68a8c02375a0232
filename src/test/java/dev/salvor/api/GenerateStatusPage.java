package dev.salvor.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Writes the table of reasons into {@code docs/status.md}, between its two marks. {@code ./test}
 * runs it and fails when the tree changes.
 */
public final class GenerateStatusPage {
  private static final String BEGIN = "<!-- reasons: written by GenerateStatusPage -->\n";
  private static final String END = "<!-- end of reasons -->";

  private GenerateStatusPage() {}

  public static void main(String[] arguments) throws IOException {
    var page = Path.of(arguments[0], "status.md");
    Files.writeString(page, withReasons(Files.readString(page)));
  }

  private static String withReasons(String page) {
    var begin = page.indexOf(BEGIN);
    var end = page.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException("the page lacks the marks between which the table stands");
    }
    return page.substring(0, begin + BEGIN.length()) + table() + page.substring(end);
  }

  private static String table() {
    return Arrays.stream(Reason.values())
        .map(GenerateStatusPage::row)
        .collect(Collectors.joining("", "| reason | course | what to do |\n|---|---|---|\n", ""));
  }

  private static String row(Reason reason) {
    var hint = reason.hint() == null ? "" : reason.hint().replace("|", "\\|");
    return "| `" + reason.text() + "` | " + reason.course() + " | " + hint + " |\n";
  }
}
