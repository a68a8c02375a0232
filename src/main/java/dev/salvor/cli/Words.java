package dev.salvor.cli;

import dev.salvor.cli.show.ShownKind;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** Words that a shell completes. picocli makes them, and asks for them one by one. */
final class Words {
  private Words() {}

  /** Kinds, as one types them. */
  static final class Kinds implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ShownKind.all().stream().map(ShownKind::typed).iterator();
    }
  }

  /** What {@code get} shows. */
  static final class Shown implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.concat(
              ShownKind.all().stream().map(ShownKind::typed), Stream.of("points", "runs", "all"))
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
