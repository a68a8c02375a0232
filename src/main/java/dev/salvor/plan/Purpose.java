package dev.salvor.plan;

import java.util.Locale;

/** What a run is for. The text stands in run names, labels and status. */
public enum Purpose {
  BACKUP,
  VERIFY,
  RESTORE,
  MAINTAIN,
  /** Of a database that a restore kept. */
  DROP,
  INSPECT,
  PROBE;

  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
