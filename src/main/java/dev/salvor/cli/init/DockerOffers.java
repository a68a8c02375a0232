package dev.salvor.cli.init;

import dev.salvor.api.ComposeService;
import dev.salvor.local.docker.RunningContainer;
import dev.salvor.plan.DockerView;
import dev.salvor.plan.SupabaseRole;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What this machine's Docker has that may be protected. Pure.
 *
 * @param silence why there may be more; null: it answered
 */
public record DockerOffers(List<Offer> sources, @Nullable String silence) {
  static final DockerOffers NONE = new DockerOffers(List.of(), null);

  /** What an unnamed volume is called by Docker itself. */
  private static final String UNNAMED = "[0-9a-f]{64}";

  /** Names of images; others that merely begin so are exporters, proxies and the like. */
  private static final Set<String> SERVERS =
      Set.of("postgres", "postgresql", "postgis", "pgvector", "timescaledb", "timescaledb-ha");

  private static final int POSTGRES_PORT = 5432;

  public DockerOffers {
    sources = List.copyOf(sources);
  }

  /** Something, in words. Labels are anybody's text: nothing in them steers a terminal. */
  public record Offer(String text, Source source) {
    public Offer {
      text = text.replaceAll("\\p{Cc}", "?");
    }
  }

  /** Docker does not answer. */
  public static DockerOffers silent(String why) {
    return new DockerOffers(List.of(), why);
  }

  /**
   * Whole projects of Supabase, then other servers, then the volumes that are not theirs, of each
   * Compose project together.
   */
  public static DockerOffers of(List<RunningContainer> containers, DockerView.Seen seen) {
    var offers = new ArrayList<Offer>();
    var wholes =
        seen.containers().stream()
            .filter(
                each -> SupabaseRole.SERVER.hasImage(each) || SupabaseRole.STORAGE.hasImage(each))
            .map(DockerView.Container::project)
            .collect(Collectors.toCollection(TreeSet::new));
    wholes.forEach(
        project -> offers.add(new Offer("the Supabase " + project, new Source.Supabase(project))));
    var servers =
        containers.stream()
            .filter(DockerOffers::isPostgres)
            .filter(server -> !wholes.contains(project(server.labels())))
            .sorted(Comparator.comparing(RunningContainer::name))
            .toList();
    servers.forEach(server -> offers.add(server(server)));
    var ofServers = servers.stream().flatMap(server -> server.volumes().stream()).toList();
    var projects = new TreeMap<String, List<DockerView.Volume>>();
    seen.volumes().stream()
        .filter(volume -> !wholes.contains(project(volume.labels())))
        .filter(volume -> !ofServers.contains(volume.name()) && !volume.name().matches(UNNAMED))
        .filter(volume -> !DockerView.Volume.isMount(volume.options()))
        .filter(volume -> !volume.isBindMount() || !project(volume.labels()).isEmpty())
        .sorted(Comparator.comparing(DockerView.Volume::name))
        .forEach(
            volume ->
                projects
                    .computeIfAbsent(project(volume.labels()), project -> new ArrayList<>())
                    .add(volume));
    projects.values().forEach(volumes -> offers.add(volumes(volumes)));
    return new DockerOffers(offers, null);
  }

  /** Of Compose; empty: of none. */
  private static String project(Map<String, String> labels) {
    return labels.getOrDefault(ComposeService.PROJECT_LABEL, "");
  }

  private static boolean isPostgres(RunningContainer container) {
    var image = container.image().replaceFirst("@.*", "").replaceFirst(":[^/]*$", "");
    return SERVERS.contains(image.substring(image.lastIndexOf('/') + 1))
        || container.ports().contains(POSTGRES_PORT);
  }

  private static Offer server(RunningContainer container) {
    var project = container.labels().get(ComposeService.PROJECT_LABEL);
    var service = container.labels().get(ComposeService.SERVICE_LABEL);
    return project == null || service == null
        ? new Offer(
            "PostgreSQL in the container " + container.name(),
            new Source.Container(container.name(), List.of()))
        : new Offer(
            "PostgreSQL in the Compose service " + service + " of " + project,
            new Source.Service(project, Objects.requireNonNull(service), List.of()));
  }

  private static Offer volumes(List<DockerView.Volume> volumes) {
    return new Offer(
        (volumes.size() == 1 ? "the Docker volume " : "the Docker volumes ")
            + volumes.stream().map(DockerOffers::text).collect(Collectors.joining(", ")),
        new Source.Volumes(volumes.stream().map(DockerView.Volume::name).toList()));
  }

  /** A folder of this machine is known by its path. */
  private static String text(DockerView.Volume volume) {
    return volume.isBindMount() ? volume.folder() : volume.name();
  }
}
