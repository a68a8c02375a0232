package dev.salvor.plan;

import dev.salvor.api.FilePlace;
import dev.salvor.api.StorageVersions;
import dev.salvor.api.SupabaseSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * How Storage keeps its objects, as the variables of its service say.
 *
 * @param variables by name, of {@link #NAMES} alone
 */
public record StorageSettings(Map<String, String> variables) {
  /** Variables of a service that say where things are; none of them is a secret. */
  public static final Set<String> NAMES =
      Set.of(
          "STORAGE_BACKEND",
          "STORAGE_FILE_BACKEND_PATH",
          "FILE_STORAGE_BACKEND_PATH",
          "STORAGE_S3_BUCKET",
          "GLOBAL_S3_BUCKET",
          "PROJECT_REF",
          "TENANT_ID",
          "MULTI_TENANT",
          "IS_MULTITENANT",
          "TUS_USE_FILE_VERSION_SEPARATOR");

  /** Without them it cannot be said where an object is. */
  static final Set<String> CORE =
      Set.of("STORAGE_BACKEND", "FILE_STORAGE_BACKEND_PATH", "GLOBAL_S3_BUCKET", "TENANT_ID");

  private static final String FOLDER = "/var/lib/storage";

  /** What Storage calls a tenant where nobody says anything. */
  private static final String ONLY_TENANT = "storage-single-tenant";

  private static final String NAME = "[a-zA-Z0-9_][-a-zA-Z0-9_.]{0,254}";

  /** Its objects are in a bucket, and in no folder. */
  boolean isOnS3() {
    return variables.getOrDefault("STORAGE_BACKEND", "file").equals("s3");
  }

  /** Each has a database of its own then. */
  boolean isOfSeveralTenants() {
    return is("MULTI_TENANT") || is("IS_MULTITENANT");
  }

  /** Where the service sees its folder. */
  String path() {
    return first("STORAGE_FILE_BACKEND_PATH", "FILE_STORAGE_BACKEND_PATH")
        .orElse(FOLDER)
        .replaceAll("(?<=.)/+$", "");
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
        is("TUS_USE_FILE_VERSION_SEPARATOR") ? StorageVersions.SUFFIX : StorageVersions.FOLDER,
        null);
  }

  private Optional<String> bucket() {
    return first("STORAGE_S3_BUCKET", "GLOBAL_S3_BUCKET");
  }

  private String tenant() {
    return first("PROJECT_REF", "TENANT_ID").orElse(ONLY_TENANT);
  }

  private boolean is(String variable) {
    return "true".equals(variables.get(variable));
  }

  private Optional<String> first(String... names) {
    return Arrays.stream(names)
        .map(variables::get)
        .filter(value -> value != null && !value.isEmpty())
        .findFirst();
  }
}
