package dev.salvor.engine.postgres;

import dev.salvor.engine.EngineException;
import java.sql.SQLException;
import java.util.function.Function;
import org.postgresql.copy.CopyIn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rows on their way into a table, in the text format of COPY. */
public final class CopyingIn {
  private static final Logger LOG = LoggerFactory.getLogger(CopyingIn.class);

  private final CopyIn copying;
  private final Function<SQLException, EngineException> failed;

  CopyingIn(CopyIn copying, Function<SQLException, EngineException> failed) {
    this.copying = copying;
    this.failed = failed;
  }

  /** Any piece of rows: it need not end where one does. */
  public void write(byte[] bytes, int length) {
    try {
      copying.writeToCopy(bytes, 0, length);
    } catch (SQLException e) {
      throw failed.apply(e);
    }
  }

  /**
   * All was written.
   *
   * @throws EngineException by the SQLSTATE of what is wrong with a row; nothing of the row is told
   */
  public void end() {
    try {
      copying.endCopy();
    } catch (SQLException e) {
      throw failed.apply(e);
    }
  }

  /** Nothing of it is to be: the transaction fails. Does nothing once it has ended. */
  public void cancel() {
    if (!copying.isActive()) {
      return;
    }
    try {
      copying.cancelCopy();
    } catch (SQLException gone) {
      LOG.atDebug().setCause(gone).log("a copy could not be cancelled");
    }
  }
}
