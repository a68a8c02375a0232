package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A project that Supabase hosts: its database by a role that is no superuser, and what its
 * Management API tells of it.
 */
@Model
@ValidationRule(
    value =
        "!has(self.database.connection.container) &&"
            + " !has(self.database.connection.composeService)",
    message = "a hosted project is in no container: set secretRef, or host and user")
@ValidationRule(
    value = "!has(self.database.connection.port) || self.database.connection.port != 6543",
    message =
        "port 6543 is the transaction pooler, which cannot be dumped through: use port 5432 of the"
            + " same host, or of db.<project>.supabase.co")
@ValidationRule(
    value =
        "!has(self.database.connection.sslMode) || !(self.database.connection.sslMode in"
            + " ['disable', 'allow', 'prefer'])",
    message = "sslMode of a hosted project: require, verify-ca or verify-full")
@ValidationRule(
    value =
        "!has(self.database.connection.user) || !self.database.connection.user.contains('.') ||"
            + " self.database.connection.user.endsWith('.' + self.project)",
    message = "user of the pooler ends with a dot and the project")
public record HostedSupabase(
    @Required
        @Pattern("^[a-z]{20}$")
        @Size(min = 20, max = 20)
        @JsonPropertyDescription("The 20 letters by which Supabase knows it.")
        String project,
    @Required @JsonPropertyDescription("Its server.") Database database,
    @JsonPropertyDescription(
            "Supabase's Management API, for configuration and Edge Functions. Unset: they are not"
                + " kept, and each point says so.")
        @Nullable Management management,
    @JsonPropertyDescription(
            "Storage's objects, by its S3 protocol. Unset: their bytes are not kept, and each point"
                + " says so where there are any.")
        @Nullable Storage storage,
    @Default("false")
        @JsonPropertyDescription(
            "Accept a source that is empty or has shrunk below half of the last complete point.")
        @Nullable Boolean allowEmpty)
    implements SupabaseSource.Kind {
  /** Name of the part that holds Edge Functions. */
  public static final String FUNCTIONS = "functions";

  /** The port of the transaction pooler, which gives each transaction another session. */
  public static final int TRANSACTION_POOLER = 6543;

  /**
   * The schemas that Supabase or its extensions made: of these it keeps some from {@code postgres},
   * and nobody but Supabase could grant it.
   */
  public static final List<String> MANAGED_SCHEMAS =
      List.of(
          "auth",
          "storage",
          "realtime",
          "_realtime",
          "_analytics",
          "_supavisor",
          "vault",
          "pgsodium",
          "pgsodium_masks",
          "supabase_functions",
          "supabase_migrations",
          "extensions",
          "graphql",
          "graphql_public",
          "pgbouncer",
          "pgtle",
          "pgmq",
          "cron",
          "net",
          "etl",
          "repack",
          "dbdev",
          "tiger",
          "tiger_data",
          "topology");

  @Override
  public PostgresConnection connection() {
    return database.connection();
  }

  @Override
  @JsonIgnore
  public List<SupabaseSource.Files> places() {
    return List.of();
  }

  /** The server with the one database. */
  @Model
  public record Database(
      @Required
          @JsonPropertyDescription(
              "How it is reached: the session pooler or the server itself, port 5432, with TLS.")
          PostgresConnection connection,
      @Default("Stream") @JsonPropertyDescription("How it is written into the repository.")
          @Nullable DumpFormat dump) {}

  /** How Supabase is asked about it. */
  @Model
  public record Management(
      @Required @JsonPropertyDescription("An access token that may read the project.")
          SecretKeyReference tokenSecretRef,
      @Default("https://api.supabase.com")
          @Pattern(
              "^(https://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?"
                  + "|http://(127\\.0\\.0\\.1|localhost)(:[0-9]{1,5})?)$")
          @Size(min = 8, max = 253)
          @JsonPropertyDescription("Where the API is. Without TLS on this machine alone.")
          @Nullable String endpoint) {
    /** Where Supabase has it. */
    public static final String ENDPOINT = "https://api.supabase.com";
  }

  /** How Storage is asked for the bytes of its objects. */
  @Model
  public record Storage(
      @Pattern(
              "^(https://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?"
                  + "|http://(127\\.0\\.0\\.1|localhost)(:[0-9]{1,5})?)(/[-a-zA-Z0-9._]+)*$")
          @Size(min = 8, max = Names.ENDPOINT_LENGTH)
          @JsonPropertyDescription(
              "Where it answers to S3. Left out:"
                  + " https://<project>.storage.supabase.co/storage/v1/s3. Without TLS on this"
                  + " machine alone.")
          @Nullable String endpoint,
      @Required
          @Pattern(Names.REGION)
          @Size(min = 1, max = Names.REGION_LENGTH)
          @JsonPropertyDescription("The project's, as its settings of Storage show it.")
          String region,
      @Required @JsonPropertyDescription("Access keys that the project's settings of Storage made.")
          BackupStoreSpec.S3Credentials credentials,
      @Default("0")
          @Min(0)
          @Max(1_000_000)
          @JsonPropertyDescription(
              "So many objects may be without bytes, with other bytes or without their content type"
                  + " at the source; with more of them a point is Partial.")
          @Nullable Integer tolerateMissing) {
    /** Where Supabase has that of a project. */
    public static String endpoint(String project) {
      return "https://" + project + ".storage.supabase.co/storage/v1/s3";
    }
  }
}
