package dev.salvor.engine.postgres;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.util.List;
import java.util.regex.Pattern;

/** What PostgreSQL's programs say on standard error, in a run's words. */
public final class DumpFailures {
  /** As restic hands on what its command says. */
  private static final Pattern HANDED_ON = Pattern.compile("^subprocess [^:]*: ?");

  private static final Pattern PROGRAM = Pattern.compile("^(pg_dump|pg_dumpall): ");

  private record Words(Pattern pattern, Reason reason) {
    Words(String pattern, Reason reason) {
      this(Pattern.compile(pattern, Pattern.CASE_INSENSITIVE), reason);
    }
  }

  /** In this order: a failed connection says more than what follows from it. */
  private static final List<Words> WORDS =
      List.of(
          new Words("server version mismatch", Reason.NO_CLIENT_FOR_SERVER),
          new Words(
              "password authentication failed|no password supplied|no pg_hba\\.conf entry|peer"
                  + " authentication failed|pg_hba\\.conf rejects|role \"[^\"]*\" does not exist",
              Reason.AUTHENTICATION_FAILED),
          new Words(
              "ssl error|certificate|does not support ssl|root\\.crt|ssl was required",
              Reason.TLS_FAILED),
          new Words("database \"[^\"]*\" does not exist", Reason.DATABASE_MISSING),
          new Words("row-level security", Reason.ROW_SECURITY),
          new Words("permission denied|must be (superuser|owner)", Reason.INSUFFICIENT_PRIVILEGE),
          new Words(
              "statement timeout|lock timeout|could not obtain lock|deadlock detected",
              Reason.DDL_IN_PROGRESS),
          new Words("no matching (tables|schemas) were found", Reason.INVALID_SPEC),
          new Words("no space left on device|disk quota exceeded", Reason.SCRATCH_FULL),
          new Words(
              "could not connect|connection to server .* failed|connection refused"
                  + "|could not translate host name|server closed the connection"
                  + "|terminating connection|connection timed out|no route to host"
                  + "|too many clients|remaining connection slots",
              Reason.SOURCE_UNREACHABLE),
          new Words("out of memory", Reason.OUT_OF_MEMORY));

  private DumpFailures() {}

  /**
   * The failure of a program.
   *
   * @param what was not done
   * @param said its standard error, or restic's
   * @param otherwise if nothing in it is known
   */
  public static EngineException of(String what, String said, Reason otherwise) {
    var lines = said.lines().map(DumpFailures::line).filter(line -> !line.isBlank()).toList();
    for (var words : WORDS) {
      for (var line : lines) {
        if (words.pattern().matcher(line).find()) {
          return new EngineException(
              words.reason().failure(what + ": " + SqlFailures.cut(line), said));
        }
      }
    }
    var error = lines.stream().filter(line -> line.contains("error:")).findFirst();
    return new EngineException(
        otherwise.failure(what + error.map(line -> ": " + SqlFailures.cut(line)).orElse(""), said));
  }

  /** Whether a line of standard error is a warning of the program. */
  public static boolean isWarning(String raw) {
    return PROGRAM.matcher(stripped(raw)).find() && raw.contains("warning:");
  }

  /** A line without what restic puts before it, cut. */
  public static String line(String raw) {
    return SqlFailures.cut(stripped(raw).strip());
  }

  private static String stripped(String raw) {
    return HANDED_ON.matcher(raw).replaceFirst("");
  }
}
