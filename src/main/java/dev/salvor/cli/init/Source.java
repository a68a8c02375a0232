package dev.salvor.cli.init;

import dev.salvor.plan.BindMounts;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What is to be protected. */
public sealed interface Source {
  /**
   * A PostgreSQL server by its address.
   *
   * @param password null: the server asks for none
   * @param databases empty: all
   */
  record Server(ServerAddress address, @Nullable Hidden password, List<String> databases)
      implements Source {
    public Server {
      databases = List.copyOf(databases);
    }
  }

  /**
   * A PostgreSQL server in a container of this machine's Docker.
   *
   * @param databases empty: all
   */
  record Container(String name, List<String> databases) implements Source {
    public Container {
      databases = List.copyOf(databases);
    }
  }

  /**
   * A PostgreSQL server that is a service of Docker Compose.
   *
   * @param databases empty: all
   */
  record Service(String project, String service, List<String> databases) implements Source {
    public Service {
      databases = List.copyOf(databases);
    }
  }

  /** A whole Supabase that is a project of Docker Compose. */
  record Supabase(String project) implements Source {}

  /** A folder of this machine. */
  record Folder(String path) implements Source {}

  /** Volumes of this machine's Docker. */
  record Volumes(List<String> names) implements Source {
    public Volumes {
      names = List.copyOf(names);
    }
  }

  /** A name for its policy: what it is called, and what it is. */
  default String suggestedName() {
    return switch (this) {
      case Server(var address, var _, var databases) ->
          label(
              databases.isEmpty()
                  ? (address.database() == null ? "postgres" : address.database())
                  : databases.getFirst(),
              "db");
      case Container(var name, var _) -> label(name, "");
      case Service(var project, var service, var _) -> label(project + "-" + service, "");
      case Supabase(var project) -> label(project, "");
      case Folder(var path) -> label(String.valueOf(Path.of(path).getFileName()), "files");
      case Volumes(var names) -> {
        var first = names.getFirst();
        // Of a volume the project comes first, of a folder what it is comes last.
        yield label(
            BindMounts.isName(first)
                ? first.replaceFirst(".*_", "")
                : first.replaceFirst("_.*", ""),
            "volumes");
      }
    };
  }

  /** As Kubernetes takes a name. */
  private static String label(String text, String ending) {
    var plain =
        ObjectName.like((ending.isEmpty() ? text : text + "-" + ending).toLowerCase(Locale.ROOT));
    return plain.isEmpty() ? "backup" : plain;
  }
}
