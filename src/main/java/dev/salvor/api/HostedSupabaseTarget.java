package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A project that Supabase hosts and that nobody has used yet, as the target of a restore. What is
 * not named is not restored.
 */
@Model
@ValidationRule(
    value = "has(self.database) || has(self.management) || has(self.storage)",
    message = "set database, storage or management: nothing else could be restored")
@ValidationRule(
    value =
        "!has(self.database) || (!has(self.database.connection.container) &&"
            + " !has(self.database.connection.composeService))",
    message = "a hosted project is in no container: set secretRef, or host and user")
@ValidationRule(
    value =
        "!has(self.database) || !has(self.database.connection.port) ||"
            + " self.database.connection.port != 6543",
    message =
        "port 6543 is the transaction pooler, which cannot be restored through: use port 5432 of"
            + " the same host, or of db.<project>.supabase.co")
@ValidationRule(
    value =
        "!has(self.database) || !has(self.database.connection.sslMode) ||"
            + " !(self.database.connection.sslMode in ['disable', 'allow', 'prefer'])",
    message = "sslMode of a hosted project: require, verify-ca or verify-full")
@ValidationRule(
    value =
        "!has(self.database) || !has(self.database.connection.user) ||"
            + " !self.database.connection.user.contains('.') ||"
            + " self.database.connection.user.endsWith('.' + self.project)",
    message = "user of the pooler ends with a dot and the project")
public record HostedSupabaseTarget(
    @Required
        @Pattern("^[a-z]{20}$")
        @Size(min = 20, max = 20)
        @JsonPropertyDescription(
            "The 20 letters by which Supabase knows it: a new project, without users and tables.")
        String project,
    @JsonPropertyDescription("Its server. Unset: no database is restored.")
        SupabaseTarget.@Nullable Database database,
    @JsonPropertyDescription(
            "Supabase's Management API, by a token that may write to the project: for Edge"
                + " Functions and configuration. Unset: they are not restored.")
        HostedSupabase.@Nullable Management management,
    @JsonPropertyDescription(
            "Storage's objects, by its S3 protocol. Unset: neither they nor their rows are"
                + " restored.")
        @Nullable ServedStorage storage)
    implements SupabaseTarget.Kind {

  @Override
  @JsonIgnore
  public List<String> parts() {
    return Stream.of(
            Stream.ofNullable(database).map(_ -> SupabaseTarget.DATABASE),
            Stream.ofNullable(storage).map(_ -> SupabaseSource.STORAGE),
            Stream.ofNullable(management)
                .flatMap(_ -> Stream.of(HostedSupabase.FUNCTIONS, SupabaseTarget.CONFIGURATION)))
        .flatMap(names -> names)
        .toList();
  }

  /** How Storage is given the bytes of its objects. */
  @Model
  public record ServedStorage(
      @Pattern(
              "^(https://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?"
                  + "|http://(127\\.0\\.0\\.1|localhost)(:[0-9]{1,5})?)(/[-a-zA-Z0-9._]+)*$")
          @Size(min = 8, max = Names.ENDPOINT_LENGTH)
          @JsonPropertyDescription(
              "Where it answers to S3. Left out:"
                  + " https://<project>.storage.supabase.co/storage/v1/s3. Its host names the"
                  + " project. Without TLS on this machine alone.")
          @Nullable String endpoint,
      @Required
          @Pattern(Names.REGION)
          @Size(min = 1, max = Names.REGION_LENGTH)
          @JsonPropertyDescription("The project's, as its settings of Storage show it.")
          String region,
      @Required
          @JsonPropertyDescription("Access keys that the new project's settings of Storage made.")
          BackupStoreSpec.S3Credentials credentials) {}
}
