package dev.salvor.cli.show;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Columns of text, laid out as kubectl does: three spaces between them, none at the end. */
public final class Table {
  private static final String GAP = "   ";

  /** Stands where there is nothing, so that a line always has the same number of words. */
  private static final String NOTHING = "-";

  private final List<List<String>> rows = new ArrayList<>();

  public Table(List<String> header) {
    rows.add(List.copyOf(header));
  }

  public Table row(List<String> cells) {
    rows.add(cells.stream().map(cell -> cell.isEmpty() ? NOTHING : cell).toList());
    return this;
  }

  /** With words of a status as this shows them. */
  public String toString(Ink ink) {
    var widths = new ArrayList<>(Collections.nCopies(rows.getFirst().size(), 0));
    for (var row : rows) {
      for (int column = 0; column < row.size(); column++) {
        widths.set(column, Math.max(widths.get(column), row.get(column).length()));
      }
    }
    var text = new StringBuilder();
    for (var row : rows) {
      var line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        var cell = row.get(column);
        line.append(ink.word(cell))
            .append(" ".repeat(widths.get(column) - cell.length()))
            .append(GAP);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return toString(Ink.PLAIN);
  }
}
