package dev.salvor.defects;

import static dev.salvor.defects.PlantedDefect.fresh;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.defects.Outcome.Judged;
import java.util.List;

/**
 * The dump can be read whole and restored, and is not what the source was (SAFETY 14, 15, 19). The
 * program that stands in for pg_dump leaves something out, or alters its uncompressed stream
 * without altering its length.
 */
final class InTheCopy {
  private static final Judged DIFFERS = new Judged(VerdictOutcome.REFUTED, Reason.FACTS_DIFFER);

  private InTheCopy() {}

  static List<PlantedDefect> all() {
    return List.of(
        differs(
            "TableDroppedFromTheCopy",
            "a whole table is not in the dump",
            without("--exclude-table=public.harbours")),
        differs(
            "RowsLost",
            "a table is in the dump without its rows",
            without("--exclude-table-data=public.harbours")),
        differs(
            "RowChanged",
            "one letter of one row",
            altered("customer number 42", "customer numbEr 42")),
        differs(
            "SequenceBehind",
            "a sequence stands below the maximum of its column",
            altered("orders_id_seq', 2000, true", "orders_id_seq', 1000, true")),
        differs(
            "LargeObjectLost",
            "the large objects are not in the dump",
            without("--no-large-objects")),
        differs(
            "MaterializedViewEmpty",
            "a materialized view is made and not filled",
            altered("REFRESH MATERIALIZED VIEW", "-- RESH MATERIALIZED VIEW")),
        differs(
            "ExtensionLost",
            "an extension is not in the dump",
            without("--exclude-extension=unaccent")),
        differs(
            "IndexLost",
            "an index is not made",
            altered("CREATE INDEX orders_by_note", "--EATE INDEX orders_by_note")),
        differs(
            "ForeignKeyLost",
            "a foreign key is not made",
            altered(
                "ADD CONSTRAINT orders_customer_fkey FOREIGN KEY",
                "ALTER note SET NOT NULL; ----------------------")),
        differs(
            "TriggerLost",
            "a trigger is not made",
            altered("CREATE TRIGGER touch", "--EATE TRIGGER touch")),
        differs(
            "ViewAltered",
            "a view has another condition",
            altered("(100)::numeric", "(900)::numeric")),
        differs(
            "FunctionAltered",
            "a function's body is another",
            altered("BEGIN RETURN new; END", "BEGIN RETURN old; END")),
        new PlantedDefect(
            "SourceHeldDuplicates",
            "a unique index does not build on the rows that were dumped",
            new Judged(VerdictOutcome.REFUTED, Reason.SOURCE_WAS_DAMAGED),
            fresh(scene -> verified(scene, altered("customer number 42", "customer number 24")))),
        new PlantedDefect(
            "SqlThatFails",
            "a statement in the dump cannot be carried out",
            new Judged(VerdictOutcome.REFUTED, Reason.RESTORE_FAILED),
            fresh(
                scene ->
                    verified(scene, altered("CREATE VIEW sales.big", "CREATE VIEW soles.big")))));
  }

  private static PlantedDefect differs(String name, String breaks, String script) {
    return new PlantedDefect(name, breaks, DIFFERS, fresh(scene -> verified(scene, script)));
  }

  static String without(String option) {
    return "exec \"$REAL\" " + option + " \"$@\"";
  }

  /** In the stream; the blocks of the format bear their lengths. */
  static String altered(String from, String to) {
    if (from.length() != to.length()) {
      throw new IllegalArgumentException("another length: " + from + " and " + to);
    }
    return "set -o pipefail\n\"$REAL\" \"$@\" | LC_ALL=C sed \"s/" + from + "/" + to + "/\"";
  }

  private static Outcome verified(Scene scene, String script) {
    scene.wrapPostgres("pg_dump", script);
    scene.require(scene.backup());
    scene.unwrap();
    return Outcome.of(scene.verify(scene.newest()));
  }
}
