package dev.salvor.engine.postgres.restore;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What the words of a failed pg_restore mean. The order matters: a full disk, a lost server or a
 * missing extension says nothing about the dump, while an error of SQL in it does.
 */
public final class RestoreTrouble {
  private static final int LONGEST = 300;

  private record Sign(Pattern words, Reason reason) {
    static Sign of(Reason reason, String words) {
      return new Sign(Pattern.compile(words), reason);
    }
  }

  private static final List<Sign> SIGNS =
      List.of(
          Sign.of(Reason.SCRATCH_FULL, "No space left on device|could not extend file|disk full"),
          Sign.of(
              Reason.OUT_OF_MEMORY, "out of memory|Cannot allocate memory|out of shared memory"),
          Sign.of(
              Reason.SANDBOX_FAILED,
              "server closed the connection|connection to server|terminating connection|could not"
                  + " receive data from server|could not send data|no connection to the server|the"
                  + " database system is|SSL SYSCALL error"),
          Sign.of(
              Reason.EXTENSION_UNAVAILABLE,
              "extension \"[^\"]*\" is not available|could not open extension control file|could"
                  + " not access file \"|could not load library|has no installation script|loaded"
                  + " via shared_preload_libraries|can only create extension in database|language"
                  + " \"[^\"]*\" does not exist|access method \"[^\"]*\" does not exist"),
          Sign.of(
              Reason.SANDBOX_FAILED,
              "collation \"[^\"]*\" for encoding|could not create locale|invalid locale name|could"
                  + " not open collator for locale|ICU is not supported"),
          Sign.of(Reason.SOURCE_WAS_DAMAGED, "could not create unique index"),
          Sign.of(Reason.RESTORE_FAILED, "ERROR:  "),
          Sign.of(
              Reason.CORRUPT_RECOVERY_POINT,
              "could not read from input file|could not find block ID|unexpected block ID"
                  + "|unrecognized data block|does not appear to be a valid archive|corrupt|input"
                  + " file is too short|end of file|did not find magic string|unsupported version"
                  + "|could not uncompress|could not open input file|could not read input file"
                  + "|could not open TOC file|invalid OID|invalid dumpId|could not parse|bad"
                  + " dumpId|entry ID|sanity check|could not open large object TOC"
                  + "|could not find entry"));

  private RestoreTrouble() {}

  /**
   * Reads it.
   *
   * @param what that was restored, for the message
   * @param said the tail of standard error
   */
  public static Failure read(String what, String said) {
    var reason =
        SIGNS.stream()
            .filter(sign -> sign.words().matcher(said).find())
            .map(Sign::reason)
            .findFirst()
            .orElse(Reason.ENGINE_FAILED);
    return reason.failure(what + ": " + firstError(said), withoutRows(said));
  }

  /** The line that names the first error; pg_restore stops at it. */
  private static String firstError(String said) {
    var lines = said.lines().filter(line -> line.contains("error: ")).toList();
    var line = lines.isEmpty() ? "pg_restore failed" : lines.getFirst();
    var text = line.replaceFirst("^.*?error: ", "");
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }

  /** DETAIL, CONTEXT and COPY lines show values of rows. */
  private static String withoutRows(String said) {
    return said.lines()
        .filter(
            line ->
                !line.startsWith("DETAIL:")
                    && !line.startsWith("CONTEXT:")
                    && !line.startsWith("Command was:"))
        .reduce((a, b) -> a + "\n" + b)
        .orElse("");
  }
}
