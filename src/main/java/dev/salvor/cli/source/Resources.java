package dev.salvor.cli.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What commands look at and ask for, the same on both hosts. Resources are JSON, so that fields of
 * a newer host are shown too.
 *
 * <p>All methods throw {@link dev.salvor.cli.CommandFailed} with what happened, to what, and what
 * to do.
 */
public interface Resources extends AutoCloseable {
  /** How much of a log is wanted. */
  enum Following {
    /** What there is now. */
    NOTHING_MORE,
    /** All until the run ends. */
    UNTIL_THE_END
  }

  /** All of a kind in the chosen namespaces, by namespace and name. */
  List<JsonNode> list(String kind);

  /** The one of this name; the failure names those that there are. */
  ObjectNode one(String kind, String name);

  /**
   * Hands a new request to the host.
   *
   * @return to whom it was handed, for people
   */
  String hand(ObjectNode request, String yaml);

  /** A request that was handed over, to look after until it is done. */
  Pending pending(ObjectNode request);

  /** The lines of a run, or of the newest run of the policy of that name. */
  void log(String runOrPolicy, Following following, Consumer<String> lines);

  /** What was told about a resource, oldest first. */
  List<JsonNode> events(JsonNode resource);

  /** What makes all that is shown less than it seems; empty: nothing. */
  Optional<String> caution(Instant now);

  /** What to say where there is no resource at all. */
  String emptyHint();

  @Override
  void close();
}
