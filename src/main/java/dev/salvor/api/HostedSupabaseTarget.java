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
    value = "has(self.database) || has(self.management)",
    message = "set database, management or both: nothing else could be restored")
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
        HostedSupabase.@Nullable Management management)
    implements SupabaseTarget.Kind {

  @Override
  @JsonIgnore
  public List<String> parts() {
    return Stream.of(
            Stream.ofNullable(database).map(_ -> SupabaseTarget.DATABASE),
            Stream.ofNullable(management)
                .flatMap(_ -> Stream.of(HostedSupabase.FUNCTIONS, SupabaseTarget.CONFIGURATION)))
        .flatMap(names -> names)
        .toList();
  }
}
