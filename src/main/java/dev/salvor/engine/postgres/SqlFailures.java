package dev.salvor.engine.postgres;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;

/**
 * What an SQLSTATE means to a run.
 *
 * @see <a href="https://www.postgresql.org/docs/17/errcodes-appendix.html">error codes</a>
 */
public final class SqlFailures {
  /** Longest message of a server that is shown: pg_dump's LOCK names every table. */
  private static final int MESSAGE_LENGTH = 500;

  private SqlFailures() {}

  /** Locks of one transaction (53200) do not come by waiting. */
  private static boolean isOutOfResources(String state) {
    return state.startsWith("53") && !state.equals("53200");
  }

  /**
   * The failure of a statement or connection.
   *
   * @param what was asked of whom, for the message
   */
  public static EngineException of(SQLException e, String what) {
    return new EngineException(reason(e), what + ": " + message(e), e);
  }

  /** The SQLSTATE behind a failure; empty where there is none. */
  public static String state(EngineException e) {
    return e.getCause() instanceof SQLException cause && cause.getSQLState() != null
        ? cause.getSQLState()
        : "";
  }

  /** The session is gone: what comes next on it fails too. */
  static boolean endsSession(String state) {
    return state.startsWith("08")
        || state.startsWith("57P")
        || state.equals("25P03")
        || state.equals("25P04")
        || state.equals("57P05");
  }

  private static String message(SQLException e) {
    var text = String.valueOf(e.getMessage());
    if (e instanceof PSQLException sql && sql.getServerErrorMessage() != null) {
      var server = sql.getServerErrorMessage();
      // Never the detail: it can hold rows.
      text = String.valueOf(server == null ? null : server.getMessage());
    }
    var state = e.getSQLState();
    return cut(text.strip()) + (state == null ? "" : " (SQLSTATE " + state + ")");
  }

  static String cut(String text) {
    return text.length() <= MESSAGE_LENGTH ? text : text.substring(0, MESSAGE_LENGTH) + "...";
  }

  private static Reason reason(SQLException e) {
    var cause = connectionReason(e);
    if (cause != null) {
      return cause;
    }
    var state = e.getSQLState() == null ? "" : e.getSQLState();
    var message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return switch (state) {
      case "28P01", "28000" -> Reason.AUTHENTICATION_FAILED;
      case "3D000" -> Reason.DATABASE_MISSING;
      case "42501" ->
          message.contains("row-level security")
              ? Reason.ROW_SECURITY
              : Reason.INSUFFICIENT_PRIVILEGE;
      case "55P03", "40P01" -> Reason.DDL_IN_PROGRESS;
      // A standby cancels what holds back the rows that the primary removed; time-outs of a server
      // that forbids to change them.
      case "40001", "25P03", "25P04", "57014" -> Reason.INCOMPLETE_BACKUP;
      case "53100" -> Reason.ENGINE_FAILED;
      default -> byClass(state, message);
    };
  }

  private static Reason byClass(String state, String message) {
    // PgBouncer and its like refuse what they do not know by a protocol violation.
    if (message.contains("unsupported startup parameter")
        || (state.equals("26000") && message.contains("prepared statement"))) {
      return Reason.BEHIND_POOLER;
    }
    if (message.contains("does not support ssl")) {
      return Reason.TLS_FAILED;
    }
    // The driver asks for a password that was not given, or knows no such method.
    if (state.equals("08004") && message.contains("password")) {
      return Reason.AUTHENTICATION_FAILED;
    }
    if (state.startsWith("08") || state.startsWith("57P") || isOutOfResources(state)) {
      return Reason.SOURCE_UNREACHABLE;
    }
    return Reason.ENGINE_FAILED;
  }

  private static @Nullable Reason connectionReason(SQLException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException
          || cause instanceof java.security.GeneralSecurityException) {
        return Reason.TLS_FAILED;
      }
      if (cause instanceof ConnectException
          || cause instanceof UnknownHostException
          || cause instanceof NoRouteToHostException
          || cause instanceof SocketTimeoutException) {
        return Reason.SOURCE_UNREACHABLE;
      }
      if (cause instanceof SQLException
          && String.valueOf(cause.getMessage()).contains("hostnameverifier")) {
        return Reason.TLS_FAILED;
      }
    }
    return null;
  }
}
