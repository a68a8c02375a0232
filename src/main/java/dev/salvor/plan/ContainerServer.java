package dev.salvor.plan;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.plan.ContainerView.Published;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.CredentialSource.Login;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a PostgreSQL server is reached that runs in a container, as the variables of the images say:
 * those of docker-library/postgres, which most others follow, and those of Bitnami. Nothing is
 * guessed: what they do not say is an error.
 */
public sealed interface ContainerServer {
  /**
   * It can be reached.
   *
   * @param addresses with ports, of the one server, as a URI writes them; the first that accepts is
   *     taken
   * @param user null: the connection spells it out
   * @param database to connect to first; null: nothing is said of it
   * @param dataFolder of this machine, that it keeps its data in; null: that is not known
   */
  record Reachable(
      List<String> addresses,
      @Nullable String user,
      Password password,
      @Nullable String database,
      @Nullable String dataFolder)
      implements ContainerServer {
    public Reachable {
      addresses = List.copyOf(addresses);
    }
  }

  /** As things stand nobody knows how. */
  record Unusable(Failure failure) implements ContainerServer {}

  /** What the user is known by. */
  sealed interface Password {
    /** The server trusts whoever reaches it, or the connection spells it out. */
    record None() implements Password {}

    /** It stands in the environment. */
    record Text(String value) implements Password {
      @Override
      public String toString() {
        return "Text[]";
      }
    }

    /** It stands in a file that this container sees. */
    record InFile(String container, String path) implements Password {}
  }

  /** What kind of Docker it is. */
  enum Daemon {
    OF_THE_MACHINE,
    /** Rootless, or in a virtual machine: only published ports are seen here. */
    APART
  }

  /** Of the superuser, in Bitnami's image. */
  String SUPERUSER = "POSTGRESQL_POSTGRES_PASSWORD";

  /** The variables that hold a password, the first that is set counts. */
  List<String> PASSWORDS = List.of(SUPERUSER, "POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD");

  /** The variables that name the folder of its data, and where it is without. */
  List<String> DATA_FOLDERS = List.of("PGDATA", "POSTGRESQL_DATA_DIR");

  String DATA_FOLDER = "/var/lib/postgresql/data";

  /** Variables that name a file with what else is looked for; none of them is read. */
  List<String> IN_FILES =
      List.of(
          "POSTGRES_USER_FILE", "POSTGRESQL_USERNAME_FILE", "POSTGRESQL_POSTGRES_PASSWORD_FILE");

  /** {@code -p 5433}, {@code -p5433}, {@code --port=5433}, {@code -c port=5433}. */
  Pattern PORT_ARGUMENT = Pattern.compile("-p[0-9]*|--port(=.*)?|(-c)?port *=.*");

  /** The variables that name a file with it. */
  List<String> PASSWORD_FILES = List.of("POSTGRES_PASSWORD_FILE", "POSTGRESQL_PASSWORD_FILE");

  /**
   * Finds out.
   *
   * @param found all containers that the source may mean
   */
  static ContainerServer find(
      CredentialSource.Container source, List<ContainerView> found, Daemon daemon) {
    if (found.isEmpty()) {
      return unreachable("Docker knows no " + source.text() + ".");
    }
    var running = found.stream().filter(ContainerView::running).toList();
    if (running.isEmpty()) {
      return unreachable(
          "Container '" + found.getFirst().name() + "' does not run: start it, or its service.");
    }
    if (running.size() > 1) {
      return new Unusable(
          Reason.CONTAINER_UNUSABLE.failure(
              "There are several containers of "
                  + source.text()
                  + ": "
                  + running.stream()
                      .map(ContainerView::name)
                      .sorted()
                      .collect(Collectors.joining(", "))
                  + ". Name one with connection.container."));
    }
    return of(running.getFirst(), source.login(), daemon);
  }

  private static ContainerServer of(ContainerView container, Login login, Daemon daemon) {
    var port = port(container);
    if (port.isEmpty()) {
      return unusable(
          container,
          "PGPORT or POSTGRESQL_PORT_NUMBER is no port: spell out connection.host and port.");
    }
    if (portIsSaidElsewhere(container)) {
      return unusable(
          container,
          "its port is not known: it is given to the program itself, or the network is the"
              + " machine's and PGPORT is not set. Set PGPORT in it, or spell out connection.host"
              + " and port.");
    }
    var addresses = addresses(container, port.get(), daemon);
    if (addresses.isEmpty()) {
      return unusable(
          container,
          "it is in no network that this machine reaches (network mode '"
              + container.networkMode()
              + "') and does not publish port "
              + port.get()
              + ": publish it on 127.0.0.1, or spell out connection.host and port.");
    }
    var database = first(container, List.of("POSTGRES_DB", "POSTGRESQL_DATABASE")).orElse(null);
    var dataFolder = daemon == Daemon.OF_THE_MACHINE ? dataFolder(container) : null;
    if (login == Login.GIVEN) {
      return new Reachable(addresses, null, new Password.None(), database, dataFolder);
    }
    var unread =
        IN_FILES.stream()
            .filter(file -> first(container, List.of(file)).isPresent())
            .filter(
                file ->
                    first(container, List.of(file.substring(0, file.length() - "_FILE".length())))
                        .isEmpty())
            .findFirst();
    if (unread.isPresent()) {
      return unusable(
          container,
          unread.get()
              + " names a file that is not read: set connection.user and"
              + " connection.passwordSecretRef beside it.");
    }
    return password(container)
        .<ContainerServer>map(
            password ->
                new Reachable(
                    addresses,
                    login == Login.OF_CONTAINER ? user(container) : null,
                    password,
                    database,
                    dataFolder))
        .orElseGet(() -> withoutPassword(container));
  }

  private static ContainerServer withoutPassword(ContainerView container) {
    return unusable(
        container,
        first(container, PASSWORD_FILES)
            .map(
                file ->
                    "its password stands in "
                        + file
                        + " in it, which is no whole path: set connection.user and"
                        + " connection.passwordSecretRef beside it.")
            .orElse(
                "it has none of the variables "
                    + String.join(", ", PASSWORDS)
                    + ", and none that names a file with it: set connection.user and"
                    + " connection.passwordSecretRef beside it."));
  }

  /** What it mounts there, or above. */
  private static @Nullable String dataFolder(ContainerView container) {
    var seen = first(container, DATA_FOLDERS).orElse(DATA_FOLDER);
    return container.mounts().entrySet().stream()
        .filter(mount -> BindMounts.isIn(seen, mount.getKey()))
        .max(Comparator.comparingInt(mount -> mount.getKey().length()))
        .map(Map.Entry::getValue)
        .orElse(null);
  }

  private static Optional<Integer> port(ContainerView container) {
    try {
      var port =
          Integer.parseInt(
              first(container, List.of("PGPORT", "POSTGRESQL_PORT_NUMBER")).orElse("5432"));
      return port >= 1 && port <= 65535 ? Optional.of(port) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /**
   * On the machine's own network the usual port may be another server's, which is sent a password.
   */
  private static boolean portIsSaidElsewhere(ContainerView container) {
    var isSet = first(container, List.of("PGPORT", "POSTGRESQL_PORT_NUMBER")).isPresent();
    return container.arguments().stream().anyMatch(PORT_ARGUMENT.asMatchPredicate())
        || (container.networkMode().equals("host") && !isSet);
  }

  private static List<String> addresses(ContainerView container, int port, Daemon daemon) {
    if (container.networkMode().equals("host")) {
      return daemon == Daemon.APART ? List.of() : List.of("127.0.0.1:" + port);
    }
    var direct =
        container.networks().stream()
            .filter(network -> daemon != Daemon.APART && network.driver().equals("bridge"))
            .sorted(Comparator.comparing(ContainerView.Network::name))
            .map(ContainerView.Network::address)
            .filter(Objects::nonNull)
            .map(address -> written(address, port));
    var published =
        container.published().stream()
            .filter(each -> each.port() == port)
            .sorted(Comparator.comparing(Published::hostAddress))
            .map(each -> written(here(each.hostAddress()), each.hostPort()));
    return Stream.concat(direct, published).distinct().toList();
  }

  private static String here(String address) {
    return switch (address) {
      case "", "0.0.0.0" -> "127.0.0.1";
      case "::" -> "::1";
      default -> address;
    };
  }

  private static String written(String address, int port) {
    return (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
  }

  /** Of Bitnami's image the superuser, where it has a password: others do not see everything. */
  private static String user(ContainerView container) {
    return first(container, List.of(SUPERUSER)).isPresent()
        ? "postgres"
        : first(container, List.of("POSTGRES_USER", "POSTGRESQL_USERNAME")).orElse("postgres");
  }

  private static Optional<Password> password(ContainerView container) {
    var text = first(container, PASSWORDS).<Password>map(Password.Text::new);
    if (text.isPresent()) {
      return text;
    }
    var named = first(container, PASSWORD_FILES);
    if (named.isPresent()) {
      return named
          .filter(path -> path.startsWith("/"))
          .map(path -> new Password.InFile(container.name(), path));
    }
    return first(container, List.of("POSTGRES_HOST_AUTH_METHOD"))
            .filter("trust"::equals)
            .isPresent()
        ? Optional.of(new Password.None())
        : Optional.empty();
  }

  private static Optional<String> first(ContainerView container, List<String> variables) {
    return variables.stream()
        .map(container.environment()::get)
        .filter(Objects::nonNull)
        .filter(value -> !value.isEmpty())
        .findFirst();
  }

  /** A container that is not there now may be in a minute. */
  private static Unusable unreachable(String message) {
    return new Unusable(Reason.SOURCE_UNREACHABLE.failure(message));
  }

  private static Unusable unusable(ContainerView container, String why) {
    return new Unusable(
        Reason.CONTAINER_UNUSABLE.failure("Container '" + container.name() + "': " + why));
  }
}
