package dev.salvor.plan;

import dev.salvor.api.BackupStore;
import dev.salvor.api.ClaimPlace;
import dev.salvor.api.Failure;
import dev.salvor.api.HostedSupabase;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseSource.SelfHosted;
import dev.salvor.api.SupabaseTarget;
import dev.salvor.plan.Footing.Access;
import dev.salvor.plan.Footing.Identity;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where the files of a Supabase project are, and where they are read. */
final class SupabasePlaces {
  private static final String SOURCE = "spec.source.supabase.selfHosted.";
  private static final String TARGET = "spec.target.supabase.selfHosted.";

  private static final String SHARED =
      "Make it ReadWriteOnce, which lets a second pod of the same node in.";

  private SupabasePlaces() {}

  /** Why this host is not the one for such a project. */
  static Optional<Failure> elsewhere(SupabaseSource.Kind project, HostKind host) {
    return switch (project) {
      case SelfHosted own -> elsewhere(own, host);
      // The schema lets no container in.
      case HostedSupabase _ -> Optional.empty();
    };
  }

  private static Optional<Failure> elsewhere(SelfHosted project, HostKind host) {
    return pointer(project, host)
        .or(() -> StorePlanner.notOnThisHost(SOURCE + "database", project.connection(), host))
        .or(() -> elsewhere(SOURCE, project.places().stream(), host))
        .or(() -> elsewhere(SOURCE, project.configuration(), host));
  }

  private static Optional<Failure> pointer(SelfHosted project, HostKind host) {
    return StorePlanner.notOnOneMachine(SOURCE + "helmRelease", project.helmRelease(), host)
        .or(() -> StorePlanner.notOnOneMachine(SOURCE + "project", project.project(), host))
        .or(
            () ->
                project.composeProject() == null
                    ? Optional.empty()
                    : StorePlanner.dockerNotHere(
                        SOURCE + "composeProject",
                        "helmRelease or project, or database, storage, key and configuration",
                        host));
  }

  /** Why this host is not the one to restore to such places. */
  static Optional<Failure> elsewhere(SupabaseTarget.SelfHosted target, HostKind host) {
    var key = target.key();
    var database = target.database();
    return (database == null
            ? Optional.<Failure>empty()
            : StorePlanner.notOnThisHost(TARGET + "database", database.connection(), host))
        .or(() -> elsewhere(TARGET, target.places().stream(), host))
        .or(
            () ->
                key == null
                    ? Optional.empty()
                    : elsewhere(
                        TARGET, new SupabaseSource.Files(SupabaseSource.KEY, key.place()), host))
        .or(() -> elsewhere(TARGET, target.configuration(), host))
        .or(
            () ->
                Boolean.TRUE.equals(target.stopConsumers())
                    ? StorePlanner.dockerNotHere(TARGET + "stopConsumers", "scaleToZero", host)
                    : Optional.empty())
        .or(() -> services(target).flatMap(name -> elsewhere(name, host).stream()).findFirst());
  }

  /** A workload of a cluster, or what Compose or Docker calls a container. */
  private static Optional<Failure> elsewhere(String service, HostKind host) {
    var field = TARGET + "services (" + service + ")";
    return service.contains("/")
        ? StorePlanner.notOnOneMachine(field, service, host)
        : StorePlanner.dockerNotHere(field, "Deployment/NAME or StatefulSet/NAME", host);
  }

  private static Stream<String> services(SupabaseTarget.SelfHosted target) {
    return Defaults.orElse(target.services(), List.<String>of()).stream();
  }

  private static Optional<Failure> elsewhere(
      String above, Stream<SupabaseSource.Files> places, HostKind host) {
    return places.flatMap(place -> elsewhere(above, place, host).stream()).findFirst();
  }

  private static Optional<Failure> elsewhere(
      String above, SupabaseSource.Files files, HostKind host) {
    var place = files.place();
    var field = above + (isNamed(files) ? "files (" + files.name() + ")" : files.name()) + ".place";
    return StorePlanner.notOnThisHost(field + ".path", place.path(), field + ".claim", host)
        .or(
            () ->
                place.dockerVolume() == null
                    ? Optional.empty()
                    : StorePlanner.dockerNotHere(field + ".dockerVolume", field + ".claim", host))
        .or(() -> StorePlanner.notOnOneMachine(field + ".claim", place.claim(), host));
  }

  private static boolean isNamed(SupabaseSource.Files files) {
    return !List.of(SupabaseSource.STORAGE, SupabaseSource.KEY).contains(files.name());
  }

  private static Optional<Failure> elsewhere(
      String above, SupabaseSource.@Nullable Configuration configuration, HostKind host) {
    if (configuration == null) {
      return Optional.empty();
    }
    var field = above + "configuration.";
    return StorePlanner.notOnThisHost(
            field + "folder", configuration.folder(), "secrets and configMaps there", host)
        .or(() -> StorePlanner.notOnOneMachine(field + "secrets", configuration.secrets(), host))
        .or(
            () ->
                StorePlanner.notOnOneMachine(
                    field + "configMaps", configuration.configMaps(), host));
  }

  /** To back them up, each on a node that can have it. */
  static ClaimChoice toRead(
      SupabaseSource.Kind project, BackupStore store, List<ClaimView> claims, DockerView docker) {
    var names = project.claims();
    if (names.isEmpty()) {
      return project.dockerVolumes().isEmpty()
          ? ClaimChoice.plain()
          : DockerVolumes.toRead(project.dockerVolumes(), docker);
    }
    return StorePlanner.unfit(store, names, null)
        .or(() -> ClaimChoice.missing(names, claims))
        .or(() -> claims.stream().flatMap(it -> unreadable(it).stream()).findFirst())
        .<ClaimChoice>map(ClaimChoice.Unavailable::new)
        .orElseGet(() -> new ClaimChoice.Chosen(footing(names, claims)));
  }

  /**
   * The run is where Storage's files are, which are read after the dump: no row lacks bytes then.
   * What other nodes have is read before it: key, functions and snippets belong to no row.
   *
   * @param names Storage's first, if it is in one
   */
  private static Footing footing(List<String> names, List<ClaimView> claims) {
    var node =
        names.stream()
            .flatMap(name -> claims.stream().filter(claim -> claim.name().equals(name)))
            .flatMap(claim -> ClaimChoice.nodes(List.of(claim)).stream())
            .findFirst()
            .orElse(null);
    return ClaimChoice.spread(
        ClaimChoice.footing(
            names.stream().map(it -> new Footing.Mount(it, Access.READ)).toList(),
            claims,
            new Identity.Reader(),
            node),
        claims);
  }

  private static Optional<Failure> unreadable(ClaimView claim) {
    return ClaimChoice.unbound(claim)
        .or(() -> ClaimChoice.obstacle(claim, SHARED))
        .or(() -> device(claim));
  }

  private static Optional<Failure> device(ClaimView claim) {
    return claim.isDevice()
        ? ClaimChoice.unusable(
            "Claim '"
                + claim.name()
                + "' is a raw block device (volumeMode: Block): a project has files alone.")
        : Optional.empty();
  }

  /** The claims that a restore writes to. */
  static List<String> written(RestoreRequestSpec spec, SupabaseTarget target) {
    return target.selfHosted() == null
        ? List.of()
        : target.selfHosted().places().stream()
            .filter(place -> spec.asksFor(place.name()))
            .flatMap(place -> Stream.ofNullable(place.place().claim()))
            .map(ClaimPlace::name)
            .distinct()
            .toList();
  }

  /** The claim with the key of Vault, which is looked at. */
  static Optional<String> keyClaim(SupabaseTarget target) {
    return Optional.ofNullable(target.selfHosted())
        .map(SupabaseTarget.SelfHosted::key)
        .map(key -> key.place().claim())
        .map(ClaimPlace::name);
  }

  /**
   * To restore to their claims, by one run: what one of several left half nobody would take
   * together again. All that stands in the way is told.
   *
   * @param claims those of them that there are
   */
  static ClaimChoice toWrite(
      RestoreRequestSpec spec, SupabaseTarget target, List<ClaimView> claims) {
    var names = written(spec, target);
    var key = keyClaim(target).filter(name -> !names.contains(name)).stream().toList();
    var scales = RestoreClaim.scalesToZero(spec);
    var written = find(names, claims);
    var read = find(key, claims);
    var failures =
        Stream.of(
                ClaimChoice.absent(names, claims),
                ClaimChoice.absent(key, claims),
                written.stream()
                    .flatMap(
                        claim ->
                            device(claim)
                                .or(() -> ClaimChoice.unwritable(spec, scales, claim))
                                .stream()),
                read.stream().flatMap(claim -> unreadable(claim).stream()),
                severalNodes(
                    Stream.concat(
                            written.stream()
                                .map(claim -> ClaimChoice.meanwhile(spec, scales, claim)),
                            read.stream())
                        .toList())
                    .stream())
            .flatMap(all -> all)
            .toList();
    if (!failures.isEmpty()) {
      return new ClaimChoice.Unavailable(Obstacles.together(failures));
    }
    var footing =
        written.isEmpty() && read.isEmpty()
            ? Footing.PLAIN
            : ClaimChoice.toReplace(
                spec,
                scales,
                written,
                read,
                written.isEmpty() ? new Identity.Reader() : new Identity.Restorer());
    return new ClaimChoice.Chosen(
        footing.scalingToZero(
            Stream.concat(footing.scaledToZero().stream(), services(spec, target)).toList()));
  }

  /** A plan scales nothing. */
  private static Stream<String> services(RestoreRequestSpec spec, SupabaseTarget target) {
    return target.selfHosted() == null || ClaimChoice.isPlan(spec)
        ? Stream.empty()
        : services(target.selfHosted());
  }

  private static List<ClaimView> find(List<String> names, List<ClaimView> claims) {
    return names.stream()
        .flatMap(name -> claims.stream().filter(claim -> claim.name().equals(name)))
        .toList();
  }

  private static Optional<Failure> severalNodes(List<ClaimView> claims) {
    var nodes = ClaimChoice.nodes(claims);
    return nodes.size() < 2
        ? Optional.empty()
        : ClaimChoice.unusable(
            "The project's claims are on nodes "
                + String.join(", ", nodes)
                + ", and one pod restores a project: restore those of one node by a request"
                + " (select.parts), and the others by requests of their own. Nothing was touched.");
  }
}
