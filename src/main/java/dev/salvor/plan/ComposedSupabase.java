package dev.salvor.plan;

import dev.salvor.api.ComposeService;
import dev.salvor.api.FilePlace;
import dev.salvor.api.PostgresConnection;
import dev.salvor.api.ServiceImage;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseSource.SelfHosted;
import dev.salvor.plan.DockerView.Container;
import dev.salvor.plan.DockerView.Folder;
import dev.salvor.plan.DockerView.Mount;
import dev.salvor.plan.DockerView.Sight;
import dev.salvor.plan.SupabaseDiscovery.Outcome;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The containers of one Compose project, read as a Supabase. */
final class ComposedSupabase extends SupabaseLook<Container> {
  private static final String COMPOSE_FILES = "com.docker.compose.project.config_files";
  private static final String ENVIRONMENT_FILES = "com.docker.compose.project.environment_file";

  /** A folder that can be written into a policy. */
  private static final String FOLDER = "/[^\\x00-\\x1f\\x7f]+";

  private static final int FOLDER_LENGTH = 512;

  private final List<Container> containers;
  private final List<DockerView.Volume> volumes;

  /**
   * Of these.
   *
   * @param spelled what the policy says itself
   */
  ComposedSupabase(
      SelfHosted spelled, List<Container> containers, List<DockerView.Volume> volumes) {
    super(spelled, containers, "container");
    this.containers = containers;
    this.volumes = volumes;
  }

  Outcome look() {
    var server = server();
    var storage = spelled.storage() == null ? storage() : spelled.storage();
    var key = spelled.key() == null ? server.flatMap(this::key).orElse(null) : spelled.key();
    var files = files();
    var configuration =
        spelled.configuration() == null ? configuration(server) : spelled.configuration();
    var connection = connection(server);
    return found(server, connection, storage, key, files, configuration);
  }

  @Override
  boolean isBare(SelfHosted project) {
    return project.places().isEmpty();
  }

  @Override
  Optional<String> withoutServer() {
    return Optional.of(
        spelled.pointer()
            + " has no container that is "
            + SupabaseRole.SERVER.text()
            + ", only "
            + containers.stream()
                .map(Container::service)
                .distinct()
                .sorted()
                .limit(NAMED)
                .collect(Collectors.joining(", "))
            + ": spell out database.connection.");
  }

  @Override
  String withoutKey() {
    return "there is no container of the server. Spell out key.place.";
  }

  /** By its service, so that a container that is made anew is found again. */
  private @Nullable PostgresConnection connection(Optional<Container> server) {
    return spelledConnection() == null
        ? server
            .map(each -> new ComposeService(each.project(), each.service()))
            .map(PostgresConnection::of)
            .orElse(null)
        : spelledConnection();
  }

  private Optional<SupabaseSource.Key> key(Container server) {
    var place = place(SupabaseSource.KEY, server, KEY_FOLDER);
    if (place.isEmpty() && !isSaid(SupabaseSource.KEY)) {
      leftOut.add(
          "key: container '"
              + server.name()
              + "' mounts nothing at "
              + KEY_FOLDER
              + ": the key of Vault goes with the container. Mount a volume there.");
    }
    return place.map(SupabaseSource.Key::new);
  }

  @Override
  SupabaseSource.@Nullable Storage storage(Container container) {
    var settings = new StorageSettings(container.settings());
    if (settings.isOnS3()) {
      leftOut.add(
          "storage: STORAGE_BACKEND of container '"
              + container.name()
              + "' is s3, and its credentials are not read. Its bucket is not kept: spell out"
              + " storage.");
      return null;
    }
    if (settings.isOfSeveralTenants()) {
      leaveOutOfSeveralTenants(container);
      return null;
    }
    var path = settings.path();
    if (!settings.isNamed()) {
      refuseUnnamedStorage(container);
      return null;
    }
    var place = place(SupabaseSource.STORAGE, container, path);
    if (place.isEmpty() && !isSaid(SupabaseSource.STORAGE)) {
      leftOut.add(
          "storage: container '"
              + container.name()
              + "' mounts nothing at "
              + path
              + ": its objects go with the container. Mount a folder or a volume there.");
    }
    return place.map(settings::in).orElse(null);
  }

  @Override
  boolean mounts(Container container, String destination) {
    return container.mounts().stream().anyMatch(it -> it.destination().equals(destination));
  }

  @Override
  Optional<FilePlace> filesPlace(String part, Container container, String path) {
    return place(part, container, path);
  }

  /** Where a container has a folder from; empty where it is its own, or said to be left out. */
  private Optional<FilePlace> place(String part, Container container, String path) {
    var mount =
        container.mounts().stream()
            .filter(each -> isWithin(path, each.destination()))
            .max(Comparator.comparingInt(each -> each.destination().length()))
            .orElse(null);
    if (mount == null) {
      return Optional.empty();
    }
    var below = path.substring(mount.destination().length());
    var volume = mount.volume();
    if (volume != null) {
      var bound = bound(volume);
      if (bound.isPresent()) {
        return folder(part, container, new Folder(bound.get() + below, Sight.SEEN));
      }
      if (below.isEmpty()) {
        return Optional.of(new FilePlace(null, volume, null));
      }
      leftOut.add(
          part
              + ": it is a folder in the Docker volume '"
              + volume
              + "', which is kept whole or not at all. Mount a volume of its own at "
              + path
              + ".");
      return Optional.empty();
    }
    if (mount.source() == null) {
      leftOut.add(
          part
              + ": container '"
              + container.name()
              + "' has it in memory ("
              + path
              + "). Mount a folder or a volume there.");
      return Optional.empty();
    }
    return folder(
        part, container, new Folder(mount.source().path() + below, mount.source().sight()));
  }

  /** The folder that a volume of driver local only binds, which is there whoever runs. */
  private Optional<String> bound(String name) {
    return volumes.stream()
        .filter(volume -> volume.name().equals(name) && volume.driver().equals("local"))
        .map(DockerView.Volume::options)
        .filter(options -> List.of(options.getOrDefault("o", "").split(",", -1)).contains("bind"))
        .flatMap(options -> Stream.ofNullable(options.get("device")))
        .findFirst();
  }

  private Optional<FilePlace> folder(String part, Container container, Folder folder) {
    if (isReadable(folder)) {
      return Optional.of(new FilePlace(folder.path(), null, null));
    }
    obstacles.add(
        unusable(
            container,
            "its "
                + part
                + " is in "
                + folder.path()
                + ", which is not to be seen from here: run salvor local as root on the machine"
                + " that the daemon runs on, and in a container with that folder mounted at the"
                + " same path. Or spell out "
                + part
                + "."));
    return Optional.empty();
  }

  private static boolean isReadable(Folder folder) {
    return folder.sight() == Sight.SEEN
        && folder.path().matches(FOLDER)
        && folder.path().length() <= FOLDER_LENGTH;
  }

  /** Where the server's Compose file lies. What of it lies elsewhere is told. */
  private SupabaseSource.@Nullable Configuration configuration(Optional<Container> server) {
    var from = server.orElse(containers.getFirst());
    var folder = from.workingFolder();
    if (folder == null || !isReadable(folder)) {
      leftOut.add(
          SupabaseDiscovery.CONFIGURATION
              + ": "
              + (folder == null
                  ? "no label says where it is"
                  : folder.path() + " is not to be seen from here")
              + ", .env and Compose files are not kept. Spell out configuration.folder.");
      return null;
    }
    var elsewhere =
        Stream.of(COMPOSE_FILES, ENVIRONMENT_FILES)
            .flatMap(label -> Stream.ofNullable(from.labels().get(label)))
            .flatMap(files -> Arrays.stream(files.split(",", -1)))
            .filter(file -> file.startsWith("/"))
            .filter(file -> !file.substring(0, file.lastIndexOf('/')).equals(folder.path()))
            .distinct()
            .toList();
    if (!elsewhere.isEmpty()) {
      leftOut.add(
          SupabaseDiscovery.CONFIGURATION
              + ": not in "
              + folder.path()
              + ", and not kept: "
              + some(elsewhere)
              + ". Let them lie there, or name their folder in files.");
    }
    return new SupabaseSource.Configuration(folder.path(), null, null);
  }

  /** What containers have from this machine that no part holds; the server's data is dumped. */
  @Override
  Optional<String> unkept(SelfHosted project, Optional<Container> server) {
    var kept = project.places().stream().map(SupabaseSource.Files::place).toList();
    var others =
        containers.stream()
            .flatMap(
                container ->
                    container.mounts().stream()
                        .filter(mount -> !isDumped(container, mount, server))
                        .filter(mount -> kept.stream().noneMatch(place -> holds(place, mount)))
                        .flatMap(mount -> from(mount).stream()))
            .distinct()
            .sorted()
            .toList();
    return others.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "not kept, though containers mount it: "
                + some(others)
                + ". What of it cannot be made anew belongs into files.");
  }

  /** Of a second server nobody dumps anything. One that is reached by an address may be any. */
  private boolean isDumped(Container container, Mount mount, Optional<Container> server) {
    if (!isWithin(mount.destination(), DATA)) {
      return false;
    }
    var connection = spelledConnection();
    if (connection != null && connection.container() != null) {
      return container.name().equals(connection.container());
    }
    if (connection != null && connection.composeService() != null) {
      return container.service().equals(connection.composeService().service());
    }
    return server.map(container::equals).orElse(true);
  }

  private static boolean holds(FilePlace place, Mount mount) {
    return place.dockerVolume() != null
        ? place.dockerVolume().equals(mount.volume())
        : place.path() != null
            && mount.source() != null
            && isWithin(mount.source().path(), place.path());
  }

  private static Optional<String> from(Mount mount) {
    return Optional.ofNullable(mount.volume())
        .or(
            () ->
                Optional.ofNullable(mount.source())
                    .map(Folder::path)
                    .filter(path -> !path.endsWith(".sock")));
  }

  private boolean isSaid(String part) {
    return leftOut.stream().anyMatch(text -> text.startsWith(part + ":")) || !obstacles.isEmpty();
  }

  @Override
  List<ServiceImage> images() {
    return containers.stream()
        .map(each -> new ServiceImage(each.service(), each.image(), each.digest()))
        .distinct()
        .sorted(Comparator.comparing(ServiceImage::service).thenComparing(ServiceImage::image))
        .limit(MOST_IMAGES)
        .toList();
  }
}
