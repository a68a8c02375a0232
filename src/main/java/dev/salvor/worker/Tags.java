package dev.salvor.worker;

/** The names of the tags by which one {@code snapshots --json} rebuilds the catalogue. */
final class Tags {
  static final String POINT = "rp";
  static final String KIND = "kind";
  static final String OWNER = "owner";
  static final String RUN = "run";
  static final String FORMAT = "format";
  static final String ORIGIN = "origin";
  static final String REQUEST = "request";
  static final String TICK = "tick";
  static final String TIME = "time";
  static final String COMPLETE = "complete";
  static final String SIZE = "size";
  static final String PARTS = "parts";
  static final String LINEAGE = "lineage";
  static final String VAULT_KEY = "vault-key";
  static final String OUTCOME = "outcome";
  static final String VERIFIED = "verified";
  static final String CHECKS = "checks";

  static final String DATABASE = "database";
  static final String FILES = "files";
  static final String DEVICE = "device";
  static final String NOTES = "notes";
  static final String MANIFEST = "manifest";
  static final String SHARE = "share";
  static final String VERDICT = "verdict";

  private Tags() {}

  static String tag(String name, Object value) {
    // A comma would begin another tag.
    return name + "=" + value.toString().replace(',', '_');
  }
}
