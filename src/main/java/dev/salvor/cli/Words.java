package dev.salvor.cli;

import java.util.Iterator;
import java.util.List;

/** Words that a shell completes; picocli makes these from their classes. */
final class Words {
  private Words() {}

  /** Kinds, as one types them. */
  static final class Kinds implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("policies", "stores", "backuprequests", "restorerequests").iterator();
    }
  }

  /** What {@code get} shows. */
  static final class Shown implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of(
              "policies",
              "stores",
              "requests",
              "backuprequests",
              "restorerequests",
              "points",
              "runs",
              "all")
          .iterator();
    }
  }

  /** Forms of output. */
  static final class Formats implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("json", "yaml", "wide").iterator();
    }
  }

  /** Schedules in a word. */
  static final class Rhythms implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("hourly", "daily", "weekly").iterator();
    }
  }
}
