package dev.salvor.plan;

import dev.salvor.api.ClaimPlace;
import dev.salvor.api.FilePlace;
import dev.salvor.api.PostgresConnection;
import dev.salvor.api.Reason;
import dev.salvor.api.ServiceImage;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseSource.SelfHosted;
import dev.salvor.plan.PodsView.Container;
import dev.salvor.plan.PodsView.Mount;
import dev.salvor.plan.PodsView.Seen;
import dev.salvor.plan.PodsView.Service;
import dev.salvor.plan.SupabaseDiscovery.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The pods of a Helm release or of a {@code Project}, read as a Supabase. Names of claims and
 * Secrets are taken from pods, and none is guessed.
 */
final class ClusteredSupabase extends SupabaseLook<Container> {
  private static final String INSTANCE = "app.kubernetes.io/instance";
  private static final int POSTGRES = 5432;
  private static final int FOLDER_LENGTH = 256;

  /** Which the cluster lays into each pod. */
  private static final String OF_THE_CLUSTER = "/var/run/secrets";

  /** Of whose images a Supabase is made; of an umbrella's other applications they are not. */
  private static final Pattern OWN_IMAGE = Pattern.compile("(.*/)?(supabase|postgrest)/.*");

  /** As many of each as a configuration has. */
  private static final int MOST_OBJECTS = 16;

  private final Seen seen;
  private final List<Container> containers;

  /** One of those that are alike. */
  private final List<Container> kinds;

  /**
   * Of what a namespace has.
   *
   * @param spelled what the policy says itself
   */
  static ClusteredSupabase of(SelfHosted spelled, Seen seen) {
    var containers =
        seen.containers().stream()
            .filter(each -> isOf(spelled, seen, each))
            .sorted(
                Comparator.comparing(Container::running)
                    .reversed()
                    .thenComparing(Container::name)
                    .thenComparing(Container::image))
            .toList();
    return new ClusteredSupabase(spelled, seen, containers, kinds(containers));
  }

  private ClusteredSupabase(
      SelfHosted spelled, Seen seen, List<Container> containers, List<Container> kinds) {
    super(spelled, kinds, "pod");
    this.seen = seen;
    this.containers = containers;
    this.kinds = kinds;
  }

  private static List<Container> kinds(List<Container> containers) {
    var kinds = new ArrayList<Container>();
    for (var each : containers) {
      if (kinds.stream().noneMatch(each::isLike)) {
        kinds.add(each);
      }
    }
    return List.copyOf(kinds);
  }

  /** Components of a Project bear names of their own, and share its Secrets. */
  private static boolean isOf(SelfHosted spelled, Seen seen, Container container) {
    var instance = container.labels().getOrDefault(INSTANCE, "");
    var project = seen.project();
    return project == null
        ? instance.equals(spelled.helmRelease())
        : container.service().equals(PodsView.SERVER)
            ? instance.equals(project.database())
            : instance.equals(project.name())
                || Stream.of("-jwt", "-keys")
                    .anyMatch(end -> container.secrets().contains(project.name() + end));
  }

  Outcome look() {
    if (containers.isEmpty()) {
      return new Outcome.Refused(
          Reason.SOURCE_UNREACHABLE.failure(
              "This namespace has no pod of "
                  + spelled.pointer()
                  + (seen.project() == null ? " (label " + INSTANCE + ")" : "")
                  + ": scale it up, or correct the name."));
    }
    var server = server();
    // First: nothing that is left out is worse.
    var key = spelled.key() == null ? server.flatMap(this::key).orElse(null) : spelled.key();
    var storage = spelled.storage() == null ? storage() : spelled.storage();
    var files = files();
    var configuration = spelled.configuration() == null ? configuration() : spelled.configuration();
    var connection = connection(server);
    return found(server, connection, storage, key, files, configuration);
  }

  @Override
  boolean isBare(SelfHosted project) {
    return project.places().isEmpty() && project.storage() == null;
  }

  @Override
  String withoutKey() {
    return "there is no pod of the server, so that nobody knows where the key of Vault is."
        + " Spell out key.place.";
  }

  /** A release may have its database elsewhere. */
  @Override
  Optional<String> withoutServer() {
    if (resolved() != null) {
      return Optional.empty();
    }
    var hosts =
        containers.stream()
            .flatMap(each -> Stream.ofNullable(each.databaseHost()))
            .distinct()
            .sorted()
            .toList();
    return Optional.of(
        spelled.pointer()
            + " has no pod that is "
            + SupabaseRole.SERVER.text()
            + ", only "
            + some(containers.stream().map(Container::service).distinct().sorted().toList())
            + ". "
            + (hosts.isEmpty() ? "" : "Its services connect to " + some(hosts) + ". ")
            + "Spell out database.connection, of a role that sees all of it.");
  }

  private @Nullable PostgresConnection resolved() {
    return seen.project() == null ? null : seen.project().connection();
  }

  private @Nullable PostgresConnection connection(Optional<Container> server) {
    return spelledConnection() != null
        ? spelledConnection()
        : resolved() != null ? resolved() : server.map(this::connection).orElse(null);
  }

  /** By the Service, whose name stays when the pod is made anew. */
  private @Nullable PostgresConnection connection(Container server) {
    if (server.password() == null) {
      obstacles.add(
          unusable(
              server,
              "its POSTGRES_PASSWORD is no key of a Secret, and is not read: spell out"
                  + " database.connection."));
      return null;
    }
    var address = address(server).orElse(null);
    if (address == null) {
      obstacles.add(
          unusable(
              server,
              "no Service of this namespace leads to its port "
                  + POSTGRES
                  + " and to no other project's: spell out database.connection."));
      return null;
    }
    return PostgresConnection.of(
        address.name(), address.port(), SupabaseSource.SUPERUSER, server.password());
  }

  /**
   * Of the server.
   *
   * @param labels by how many its Service selects pods: the more, the less does another project's
   *     pod have them all
   */
  private record Address(String name, int port, boolean headless, int labels) {}

  private Optional<Address> address(Container server) {
    return seen.services().stream()
        .filter(service -> !service.selector().isEmpty())
        .filter(service -> leadsTo(service, server))
        .filter(service -> seen.containers().stream().noneMatch(it -> leadsElsewhere(service, it)))
        .flatMap(service -> addresses(service, server))
        .min(
            Comparator.comparing(Address::headless)
                .thenComparing(Address::labels, Comparator.reverseOrder())
                .thenComparing(Address::name)
                .thenComparingInt(Address::port));
  }

  private static boolean leadsTo(Service service, Container container) {
    return container.labels().entrySet().containsAll(service.selector().entrySet());
  }

  /** To the server of another project of this namespace, as often as to this one's. */
  private boolean leadsElsewhere(Service service, Container other) {
    return !containers.contains(other)
        && SupabaseRole.SERVER.mayBe(other)
        && leadsTo(service, other);
  }

  /** A headless one leads to the pods' own port, whatever its own says. */
  private static Stream<Address> addresses(Service service, Container server) {
    return service.ports().stream()
        .filter(
            port ->
                port.target().equals(String.valueOf(POSTGRES))
                    || Objects.equals(server.ports().get(port.target()), POSTGRES))
        .map(
            port ->
                new Address(
                    service.name(),
                    service.headless() ? POSTGRES : port.port(),
                    service.headless(),
                    service.selector().size()));
  }

  private Optional<SupabaseSource.Key> key(Container server) {
    return place(
            SupabaseSource.KEY,
            server,
            KEY_FOLDER,
            "the key of Vault goes with the pod: the next one makes another without a word, and no"
                + " secret can be read again. Copy pgsodium_root.key away now, and have a claim"
                + " mounted there that holds it (persistence.pgsodium.enabled: true).")
        .map(SupabaseSource.Key::new);
  }

  @Override
  SupabaseSource.@Nullable Storage storage(Container container) {
    var settings = new StorageSettings(container.settings());
    var undecided = settings.undecided(container.unclear());
    if (!undecided.isEmpty()) {
      obstacles.add(
          unusable(
              container,
              "where its objects are is not said in the pod itself ("
                  + String.join(", ", undecided)
                  + " may come from a Secret, a ConfigMap or its image, which are not read): spell"
                  + " out storage in the policy, or set them in the pod (a value that is empty"
                  + " counts)."));
      return null;
    }
    if (settings.isOnS3()) {
      leftOut.add(
          "storage: STORAGE_BACKEND of pod '"
              + container.name()
              + "' is s3 (a bucket, or MinIO), and its bucket is not kept: spell out storage.s3,"
              + " with a Secret that has the bucket's keys.");
      return null;
    }
    if (settings.isOfSeveralTenants()) {
      leaveOutOfSeveralTenants(container);
      return null;
    }
    if (!settings.isNamed()) {
      refuseUnnamedStorage(container);
      return null;
    }
    return place(
            SupabaseSource.STORAGE,
            container,
            settings.path(),
            "its objects go with the pod. Have a claim mounted there.")
        .map(settings::in)
        .orElse(null);
  }

  @Override
  boolean mounts(Container container, String destination) {
    return container.mounts().stream().anyMatch(it -> it.destination().equals(destination));
  }

  @Override
  Optional<FilePlace> filesPlace(String part, Container container, String path) {
    return place(part, container, path, unkept(part));
  }

  /** Its pod may be at zero, and was never seen. */
  @Override
  void isNowhere(String part, String destination) {
    leftOut.add(
        part
            + ": no pod mounts "
            + destination
            + ". If it is used, have its pod run once, or spell it out in files.");
  }

  /** Some of its pods may have a copy. */
  @Override
  void isFound(String part) {
    leftOut.removeIf(text -> text.startsWith(part + ":"));
  }

  /** Supabase's operator lays functions out of resources of the cluster. */
  private String unkept(String name) {
    return seen.project() != null && name.equals(FUNCTIONS)
        ? "what is laid out there of Function resources is not kept: keep their manifests."
        : "it goes with the pod. Have a claim mounted there if it is used.";
  }

  /**
   * Where a container has a folder from; empty where that is no claim, which is said then.
   *
   * @param otherwise what follows from it, and what to do
   */
  private Optional<FilePlace> place(
      String part, Container container, String path, String otherwise) {
    var mount =
        container.mounts().stream()
            .filter(each -> isWithin(path, each.destination()))
            .max(Comparator.comparingInt(each -> each.destination().length()))
            .orElse(null);
    if (mount == null || mount.claim() == null) {
      if (leftOut.stream().noneMatch(text -> text.startsWith(part + ":"))) {
        leftOut.add(
            part
                + ": pod '"
                + container.name()
                + "' has "
                + path
                + " in "
                + (mount == null ? "its image" : mount.kind())
                + ", and "
                + otherwise);
      }
      return Optional.empty();
    }
    var below = mount.below() + "/" + path.substring(mount.destination().length());
    var folder = normal(below);
    if (folder.isEmpty()) {
      obstacles.add(
          unusable(
              container,
              "its "
                  + part
                  + " is in claim '"
                  + mount.claim()
                  + "' under a path that a policy cannot name: spell out "
                  + part
                  + "."));
      return Optional.empty();
    }
    return Optional.of(
        new FilePlace(
            null,
            null,
            new ClaimPlace(mount.claim(), folder.get().isEmpty() ? null : folder.get())));
  }

  /** As a policy writes it; empty: none can. */
  private static Optional<String> normal(String path) {
    var steps =
        Arrays.stream(path.split("/", -1))
            .filter(step -> !step.isEmpty() && !step.equals("."))
            .toList();
    var folder = String.join("/", steps);
    return steps.contains("..")
            || folder.length() > FOLDER_LENGTH
            || folder.chars().anyMatch(Character::isISOControl)
        ? Optional.empty()
        : Optional.of(folder);
  }

  /** Whatever pods are told by: all of Auth, REST and Storage is configured by variables. */
  private SupabaseSource.@Nullable Configuration configuration() {
    var secrets = names("Secrets", Container::secrets);
    var configMaps = names("ConfigMaps", Container::configMaps);
    var optional =
        containers.stream()
            .flatMap(each -> each.optional().stream())
            .filter(name -> !secrets.contains(name) && !configMaps.contains(name))
            .distinct()
            .sorted()
            .toList();
    if (!optional.isEmpty()) {
      leftOut.add(
          SupabaseDiscovery.CONFIGURATION
              + ": not kept, since pods run without: "
              + some(optional)
              + ". If they are there, spell out configuration.");
    }
    leftOut.add(
        SupabaseDiscovery.CONFIGURATION
            + ": variables that stand in pods themselves are not kept. Keep "
            + (seen.project() == null
                ? "the values of the release (helm get values)"
                : "the manifests of the Project and its components")
            + " beside the backups.");
    if (secrets.isEmpty() && configMaps.isEmpty()) {
      leftOut.add(
          SupabaseDiscovery.CONFIGURATION
              + ": pods refer to no Secret and no ConfigMap. Spell out configuration.");
      return null;
    }
    return new SupabaseSource.Configuration(
        null, secrets.isEmpty() ? null : secrets, configMaps.isEmpty() ? null : configMaps);
  }

  /** Those of Supabase's own pods first. */
  private List<String> names(String kind, Function<Container, Set<String>> which) {
    var all =
        Stream.concat(
                containers.stream().filter(each -> OWN_IMAGE.matcher(each.image()).matches()),
                containers.stream())
            .flatMap(each -> which.apply(each).stream().sorted())
            .distinct()
            .toList();
    if (all.size() > MOST_OBJECTS) {
      leftOut.add(
          SupabaseDiscovery.CONFIGURATION
              + ": of "
              + all.size()
              + " "
              + kind
              + " a policy keeps "
              + MOST_OBJECTS
              + ", not: "
              + some(all.stream().skip(MOST_OBJECTS).sorted().toList())
              + ". Spell out configuration to choose.");
    }
    return all.stream().limit(MOST_OBJECTS).sorted().toList();
  }

  /** Claims that pods mount and no part holds; the server's data is dumped. */
  @Override
  Optional<String> unkept(SelfHosted project, Optional<Container> server) {
    var kept =
        project.places().stream()
            .flatMap(files -> Stream.ofNullable(files.place().claim()))
            .toList();
    var others =
        kinds.stream()
            .flatMap(
                container ->
                    container.mounts().stream()
                        .filter(mount -> !isDumped(container, mount, server))
                        .filter(mount -> kept.stream().noneMatch(place -> holds(place, mount))))
            .flatMap(mount -> Stream.ofNullable(mount.claim()))
            .distinct()
            .sorted()
            .toList();
    var volumes =
        kinds.stream()
            .flatMap(
                container ->
                    container.mounts().stream()
                        .filter(mount -> mount.isOfNoClaim())
                        .filter(mount -> !isWithin(mount.destination(), OF_THE_CLUSTER))
                        .map(mount -> mount.destination() + " of " + container.name()))
            .distinct()
            .sorted()
            .toList();
    return others.isEmpty() && volumes.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "not kept, though pods mount them: "
                + (others.isEmpty() ? "" : "claims " + some(others))
                + (others.isEmpty() || volumes.isEmpty() ? "" : "; ")
                + (volumes.isEmpty() ? "" : "folders of nodes and other volumes, " + some(volumes))
                + ". What of them cannot be made anew belongs into files, in a claim.");
  }

  private static boolean isDumped(Container container, Mount mount, Optional<Container> server) {
    return isWithin(mount.destination(), DATA) && server.map(container::equals).orElse(true);
  }

  private static boolean holds(ClaimPlace place, Mount mount) {
    var folder = place.subPath();
    return place.name().equals(mount.claim())
        && (folder == null || normal(mount.below()).filter(it -> isWithin(it, folder)).isPresent());
  }

  @Override
  List<ServiceImage> images() {
    return containers.stream()
        .map(each -> new ServiceImage(each.service(), each.image(), each.digest()))
        .distinct()
        .sorted(
            Comparator.comparing(ServiceImage::service)
                .thenComparing(ServiceImage::image)
                .thenComparing(image -> String.valueOf(image.digest())))
        .limit(MOST_IMAGES)
        .toList();
  }
}
