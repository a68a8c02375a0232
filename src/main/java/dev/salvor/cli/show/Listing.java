package dev.salvor.cli.show;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Tables of resources, as {@code kubectl get} prints them. */
public final class Listing {
  /** How much is shown. */
  public enum Width {
    NORMAL,
    WIDE
  }

  /** How a resource is called in a table. */
  public enum Naming {
    NAME,
    /** {@code kind/name}, where several kinds stand below each other. */
    KIND_AND_NAME
  }

  private Listing() {}

  /** The table of one kind; a column for the namespace only where there are several. */
  public static String table(
      ShownKind kind, List<JsonNode> resources, Naming naming, Width width, Ink ink, Instant now) {
    var several = resources.stream().map(resource -> namespace(resource)).distinct().count() > 1;
    var columns =
        kind.columns().stream()
            .filter(column -> width == Width.WIDE || column.priority() == 0)
            .toList();
    var header = new ArrayList<String>();
    if (several) {
      header.add("NAMESPACE");
    }
    header.add("NAME");
    columns.forEach(column -> header.add(column.name()));
    var table = new Table(header);
    for (var resource : resources) {
      var cells = new ArrayList<String>();
      if (several) {
        cells.add(namespace(resource));
      }
      var name = resource.path("metadata").path("name").asText();
      cells.add(
          switch (naming) {
            case NAME -> name;
            case KIND_AND_NAME -> kind.singular() + "/" + name;
          });
      columns.forEach(column -> cells.add(column.cell(resource, now)));
      table.row(cells);
    }
    return table.toString(ink);
  }

  private static String namespace(JsonNode resource) {
    return resource.path("metadata").path("namespace").asText();
  }
}
