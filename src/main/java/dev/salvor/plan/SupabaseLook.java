package dev.salvor.plan;

import dev.salvor.api.Failure;
import dev.salvor.api.FilePlace;
import dev.salvor.api.FoundSource;
import dev.salvor.api.PostgresConnection;
import dev.salvor.api.Reason;
import dev.salvor.api.ServiceImage;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseSource.SelfHosted;
import dev.salvor.plan.SupabaseDiscovery.Outcome;
import dev.salvor.plan.SupabaseRole.Candidate;
import dev.salvor.plan.SupabaseRole.Holder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Containers of one project, read as a Supabase. What is spelled out is not looked for, so that it
 * helps where looking finds too much.
 */
abstract class SupabaseLook<C extends Candidate> {
  static final String KEY_FOLDER = "/etc/postgresql-custom";
  static final String DATA = "/var/lib/postgresql";
  static final String FUNCTIONS = "functions";
  static final int MOST_IMAGES = 64;
  static final int NAMED = 12;

  /** Where services see what else is kept, and under which name. */
  private static final Map<String, String> FILES =
      Map.of("/home/deno/functions", FUNCTIONS, "/app/snippets", SupabaseSource.SNIPPETS);

  final SelfHosted spelled;
  final List<String> leftOut = new ArrayList<>();
  final List<Failure> obstacles = new ArrayList<>();

  /** One of those that are alike. */
  private final List<C> kinds;

  /** What a container is called where it runs: container, or pod. */
  private final String noun;

  /**
   * Of these.
   *
   * @param spelled what the policy says itself
   */
  SupabaseLook(SelfHosted spelled, List<C> kinds, String noun) {
    this.spelled = spelled;
    this.kinds = kinds;
    this.noun = noun;
  }

  /** Why nobody is the server, where its connection is not known otherwise; empty: it is. */
  abstract Optional<String> withoutServer();

  /** Why the key is left out where there is no server. */
  abstract String withoutKey();

  abstract SupabaseSource.@Nullable Storage storage(C container);

  /** Where a container has a part from; empty: it is not kept, and that is said. */
  abstract Optional<FilePlace> filesPlace(String part, C container, String path);

  abstract boolean mounts(C container, String destination);

  /** Nobody has a folder there. */
  void isNowhere(String part, String destination) {}

  /** What was said of a part that another container has is over. */
  void isFound(String part) {}

  /** Whether the databases are all that was found. */
  abstract boolean isBare(SelfHosted project);

  /** What containers have that no part holds; empty: nothing. */
  abstract Optional<String> unkept(SelfHosted project, Optional<C> server);

  abstract List<ServiceImage> images();

  /** What was found, put together; or all that stands in the way. */
  final Outcome found(
      Optional<C> server,
      @Nullable PostgresConnection connection,
      SupabaseSource.@Nullable Storage storage,
      SupabaseSource.@Nullable Key key,
      List<SupabaseSource.Files> files,
      SupabaseSource.@Nullable Configuration configuration) {
    if (!obstacles.isEmpty() || connection == null) {
      return new Outcome.Refused(Obstacles.together(obstacles));
    }
    var project =
        new SelfHosted(
            null,
            null,
            null,
            new SupabaseSource.Database(connection, spelled.databases(), spelled.dump()),
            storage,
            key,
            files.isEmpty() ? null : files,
            configuration,
            spelled.allowEmpty());
    if (isBare(project)) {
      return new Outcome.Refused(
          Reason.CONTAINER_UNUSABLE.failure(
              "Of "
                  + spelled.pointer()
                  + " databases alone were found, which source.postgres keeps. "
                  + String.join(" ", leftOut)));
    }
    unkept(project, server).ifPresent(leftOut::add);
    return new Outcome.Found(
        new FoundSource(project, images(), leftOut.isEmpty() ? null : List.copyOf(leftOut)));
  }

  /** One that is spelled out is not looked for, and one that several may be is an obstacle. */
  final Optional<C> server() {
    return switch (SupabaseRole.SERVER.in(kinds, spelled.pointer())) {
      case Holder.One<C>(var container) -> Optional.of(container);
      case Holder.Several<C>(var failure) -> {
        if (spelledConnection() == null || spelled.key() == null) {
          obstacles.add(failure);
        }
        yield Optional.empty();
      }
      case Holder.Nobody<C>() -> {
        if (spelledConnection() == null) {
          withoutServer().map(Reason.SOURCE_UNREACHABLE::failure).ifPresent(obstacles::add);
        }
        if (spelled.key() == null) {
          leftOut.add("key: " + withoutKey());
        }
        yield Optional.empty();
      }
    };
  }

  final @Nullable PostgresConnection spelledConnection() {
    return spelled.database() == null ? null : spelled.database().connection();
  }

  final SupabaseSource.@Nullable Storage storage() {
    return switch (SupabaseRole.STORAGE.in(kinds, spelled.pointer())) {
      case Holder.One<C>(var container) -> storage(container);
      case Holder.Several<C>(var failure) -> {
        obstacles.add(failure);
        yield null;
      }
      case Holder.Nobody<C>() -> {
        leftOut.add(
            "storage: no "
                + noun
                + " is "
                + SupabaseRole.STORAGE.text()
                + ". If Storage is used, spell out storage.");
        yield null;
      }
    };
  }

  final void leaveOutOfSeveralTenants(C container) {
    leftOut.add(
        "storage: "
            + noun
            + " '"
            + container.name()
            + "' serves several tenants, each with a database of its own. Spell out storage.");
  }

  final void refuseUnnamedStorage(C container) {
    obstacles.add(
        unusable(
            container,
            "its bucket or tenant is no name of a folder (GLOBAL_S3_BUCKET, TENANT_ID): spell"
                + " out storage."));
  }

  /** Those that are spelled out, and what is found beside them. */
  final List<SupabaseSource.Files> files() {
    var named = Objects.requireNonNullElse(spelled.files(), List.<SupabaseSource.Files>of());
    var found =
        FILES.entrySet().stream()
            .sorted(Map.Entry.comparingByValue())
            .filter(each -> named.stream().noneMatch(files -> files.name().equals(each.getValue())))
            .flatMap(each -> files(each.getValue(), each.getKey()).stream())
            .filter(each -> named.stream().noneMatch(files -> files.place().equals(each.place())));
    return Stream.concat(named.stream(), found).toList();
  }

  /** Whoever mounts it: of several places none is chosen. */
  private Optional<SupabaseSource.Files> files(String name, String destination) {
    var places = new LinkedHashMap<FilePlace, C>();
    var having = kinds.stream().filter(each -> mounts(each, destination)).toList();
    if (having.isEmpty()) {
      isNowhere(name, destination);
    }
    having.stream()
        .sorted(Comparator.comparing(Candidate::name))
        .forEach(
            each ->
                filesPlace(name, each, destination)
                    .ifPresent(place -> places.putIfAbsent(place, each)));
    if (places.size() > 1) {
      obstacles.add(
          Reason.CONTAINER_UNUSABLE.failure(
              capitalized()
                  + "s "
                  + places.values().stream()
                      .map(Candidate::name)
                      .collect(Collectors.joining(" and "))
                  + " have different folders at "
                  + destination
                  + ": spell out "
                  + name
                  + " in files."));
    }
    if (!places.isEmpty()) {
      isFound(name);
    }
    return places.keySet().stream().findFirst().map(place -> new SupabaseSource.Files(name, place));
  }

  final Failure unusable(C container, String why) {
    return Reason.CONTAINER_UNUSABLE.failure(capitalized() + " '" + container.name() + "': " + why);
  }

  private String capitalized() {
    return Character.toUpperCase(noun.charAt(0)) + noun.substring(1);
  }

  static boolean isWithin(String path, String folder) {
    return path.equals(folder) || path.startsWith(folder.endsWith("/") ? folder : folder + "/");
  }

  static String some(List<String> names) {
    var first =
        names.stream()
            .limit(NAMED)
            .map(name -> name.replaceAll("\\p{Cc}", "?"))
            .collect(Collectors.joining(", "));
    return names.size() <= NAMED ? first : first + " and " + (names.size() - NAMED) + " more";
  }
}
