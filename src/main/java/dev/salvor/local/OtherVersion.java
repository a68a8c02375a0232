package dev.salvor.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.local.state.StoredResource;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps, of a status that a newer version wrote, what this one does not know: else the first status
 * that is written after a downgrade would lose it for good.
 */
final class OtherVersion {
  private OtherVersion() {}

  /**
   * The next status, with what is unknown of the stored one: its own fields, and those of what is
   * as it was. Of what became another nothing is kept, for it would speak of something else.
   *
   * @param stored as it stands on the disk
   * @param known what this version reads of it
   * @param next what this version decided
   */
  static ObjectNode keep(ObjectNode stored, ObjectNode known, ObjectNode next) {
    var before = StoredResource.asReadBack(known);
    if (before.equals(stored)) {
      return next;
    }
    var kept = StoredResource.asReadBack(next);
    for (var name : names(stored)) {
      if (!before.has(name)) {
        kept.set(name, stored.get(name));
      } else if (kept.has(name)) {
        kept.set(name, unchanged(stored.get(name), before.get(name), kept.get(name)));
      }
    }
    return kept;
  }

  private static JsonNode unchanged(JsonNode stored, JsonNode known, JsonNode next) {
    if (next.equals(known)) {
      return stored;
    }
    if (!(next instanceof ArrayNode items) || !known.isArray() || known.size() != stored.size()) {
      return next;
    }
    var kept = items.arrayNode();
    var places = known.valueStream().toList();
    for (var item : items) {
      var place = places.indexOf(item);
      kept.add(place < 0 ? item : stored.get(place));
    }
    return kept;
  }

  private static List<String> names(ObjectNode object) {
    var names = new ArrayList<String>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
