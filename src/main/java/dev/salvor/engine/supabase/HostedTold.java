package dev.salvor.engine.supabase;

import dev.salvor.engine.postgres.restore.DumpEntry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is said of that which does not come into a hosted project, or not as it was; for people. */
final class HostedTold {
  private static final int NAMED = 10;

  private final Set<String> leftOut = new LinkedHashSet<>();
  private final Set<Integer> absent = new HashSet<>();
  private final List<String> inSchemas = new ArrayList<>();
  private final List<String> roleless = new ArrayList<>();
  private final List<String> unmet = new ArrayList<>();
  private final List<String> reowned = new ArrayList<>();
  private final List<String> powers = new ArrayList<>();
  private final List<String> unavailable = new ArrayList<>();
  private final List<String> denied = new ArrayList<>();
  private final List<String> clashing = new ArrayList<>();

  /** It is left out. */
  void leave(String what) {
    leftOut.add(what);
  }

  /** It is not there: what hangs on it cannot be had. */
  void absent(DumpEntry entry) {
    absent.add(entry.id());
  }

  /** It is in a schema of Supabase's, and not made there. */
  void lacking(String name) {
    inSchemas.add(name);
  }

  /** Roles that it names are not there: rights go without them, and a policy cannot. */
  void roleless(DumpEntry entry, List<String> roles) {
    if (entry.type().equals("POLICY")) {
      unmet.add(entry.text() + " needs role " + String.join(", ", roles));
    } else {
      roleless.add(entry.text() + " (" + String.join(", ", roles) + ")");
    }
  }

  /** It belongs to another role there. */
  void reowned(DumpEntry entry) {
    reowned.add(entry.text() + " (" + entry.owner() + ")");
  }

  /** It acts with the rights of that role. */
  void acting(DumpEntry entry) {
    powers.add(entry.text() + " (" + entry.owner() + ")");
  }

  /** The extension cannot be had. */
  void unavailable(String extension) {
    unavailable.add(extension);
    leave("extension " + extension);
  }

  /** This user may not write it. */
  void denied(String name) {
    denied.add(name);
  }

  /** Something of its name is there, and nobody knows what it is. */
  void clashing(DumpEntry entry) {
    clashing.add(entry.text());
  }

  List<String> powers() {
    return List.copyOf(powers);
  }

  List<String> unavailable() {
    return List.copyOf(unavailable);
  }

  List<String> denied() {
    return List.copyOf(denied);
  }

  List<String> clashing() {
    return List.copyOf(clashing);
  }

  /** What of the chosen hangs on something that is not there and does not come. */
  List<String> unmet(List<DumpEntry> chosen, Map<Integer, DumpEntry> byId) {
    var all = new ArrayList<>(unmet);
    for (var entry : chosen) {
      entry.dependencies().stream()
          .filter(absent::contains)
          .map(byId::get)
          .filter(other -> !other.type().equals("INDEX"))
          .findFirst()
          .ifPresent(other -> all.add(entry.text() + " needs " + other.text()));
    }
    return List.copyOf(all);
  }

  /**
   * All that is left out.
   *
   * @param user whose it will be
   */
  List<String> leftOut(String user) {
    var all = new ArrayList<>(leftOut);
    some("in schemas of Supabase's, which the project lacks", inSchemas, all);
    some("rights of roles that the project does not have", roleless, all);
    some("owner of (it will be " + user + ")", reowned, all);
    some(
        "whose rights it acts with (it will be " + user + "; look at what it lets others do)",
        powers,
        all);
    return List.copyOf(all);
  }

  private static void some(String what, List<String> names, List<String> all) {
    if (!names.isEmpty()) {
      all.add(
          what
              + ": "
              + String.join(", ", names.stream().limit(NAMED).toList())
              + (names.size() > NAMED ? " and " + (names.size() - NAMED) + " more" : ""));
    }
  }
}
