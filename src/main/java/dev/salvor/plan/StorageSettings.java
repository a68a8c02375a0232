package dev.salvor.plan;

import dev.salvor.api.FilePlace;
import dev.salvor.api.StorageVersions;
import dev.salvor.api.SupabaseSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How Storage keeps its objects, as the variables of its service say.
 *
 * @param variables by name, of {@link #NAMES} alone
 */
public record StorageSettings(Map<String, String> variables) {
  private static final String BACKEND = "STORAGE_BACKEND";
  private static final List<String> FOLDERS =
      List.of("STORAGE_FILE_BACKEND_PATH", "FILE_STORAGE_BACKEND_PATH");
  private static final List<String> BUCKETS = List.of("STORAGE_S3_BUCKET", "GLOBAL_S3_BUCKET");
  private static final List<String> TENANTS = List.of("PROJECT_REF", "TENANT_ID");
  private static final List<String> SEVERAL_TENANTS = List.of("MULTI_TENANT", "IS_MULTITENANT");
  private static final String SEPARATOR = "TUS_USE_FILE_VERSION_SEPARATOR";

  /** All of them decide where an object is; of each, the first that says something counts. */
  private static final List<List<String>> DECIDING =
      List.of(List.of(BACKEND), FOLDERS, BUCKETS, TENANTS, SEVERAL_TENANTS, List.of(SEPARATOR));

  /** Variables of a service that say where things are; none of them is a secret. */
  public static final Set<String> NAMES =
      DECIDING.stream().flatMap(List::stream).collect(Collectors.toUnmodifiableSet());

  private static final String FILE = "file";
  private static final String S3 = "s3";
  private static final String FOLDER = "/var/lib/storage";

  /** What Storage calls a tenant where nobody says anything. */
  private static final String ONLY_TENANT = "storage-single-tenant";

  private static final String NAME = "[a-zA-Z0-9_][-a-zA-Z0-9_.]{0,254}";

  /**
   * Names without which it cannot be said where an object is; empty: it can. Of a bucket, which is
   * left out, nothing more needs to be known.
   *
   * @param unclear what something else says, or may say
   */
  List<String> undecided(Set<String> unclear) {
    var backend = unclear.contains(BACKEND) ? null : variables.get(BACKEND);
    if (S3.equals(backend)) {
      return List.of();
    }
    // Storage takes S3 where nobody says so, and its image may say something.
    return Stream.concat(
            FILE.equals(backend) ? Stream.empty() : Stream.of(BACKEND),
            DECIDING.stream()
                .flatMap(
                    names -> names.stream().takeWhile(it -> unclear.contains(it) || !isSaid(it)))
                .filter(unclear::contains))
        .distinct()
        .sorted()
        .toList();
  }

  /** Its objects are in a bucket, and in no folder. */
  boolean isOnS3() {
    return variables.getOrDefault(BACKEND, FILE).equals(S3);
  }

  /** Each has a database of its own then. */
  boolean isOfSeveralTenants() {
    return first(SEVERAL_TENANTS).filter("true"::equals).isPresent();
  }

  /** Where the service sees its folder. */
  String path() {
    return first(FOLDERS).orElse(FOLDER).replaceAll("(?<=.)/+$", "");
  }

  /** Whether bucket and tenant are names of folders. */
  boolean isNamed() {
    return Stream.concat(bucket().stream(), Stream.of(tenant()))
        .allMatch(name -> name.matches(NAME));
  }

  /** As a policy spells it out. */
  SupabaseSource.Storage in(FilePlace place) {
    return new SupabaseSource.Storage(
        place,
        null,
        bucket().orElse(null),
        tenant(),
        is(SEPARATOR) ? StorageVersions.SUFFIX : StorageVersions.FOLDER,
        null);
  }

  private Optional<String> bucket() {
    return first(BUCKETS);
  }

  private String tenant() {
    return first(TENANTS).orElse(ONLY_TENANT);
  }

  private boolean is(String variable) {
    return "true".equals(variables.get(variable));
  }

  private Optional<String> first(List<String> names) {
    return names.stream().filter(this::isSaid).map(variables::get).findFirst();
  }

  /** To Storage an empty one says nothing. */
  private boolean isSaid(String name) {
    return !variables.getOrDefault(name, "").isEmpty();
  }
}
