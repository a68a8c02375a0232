package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a PostgreSQL server: by a Secret with the usual keys, spelled out, or as a container
 * of this machine's Docker says.
 */
@Model
@ValidationRule(
    value =
        "has(self.secretRef) || has(self.container) || has(self.composeService) ||"
            + " (has(self.host) && has(self.user))",
    message = "set secretRef, or host and user, or container, or composeService")
@ValidationRule(
    value =
        "[has(self.secretRef), has(self.host) || has(self.port), has(self.container),"
            + " has(self.composeService)].filter(x, x).size() < 2 || (has(self.secretRef) &&"
            + " !has(self.container) && !has(self.composeService))",
    message = "container and composeService exclude each other, secretRef, host and port")
@ValidationRule(
    value =
        "!(has(self.container) || has(self.composeService)) || has(self.user) =="
            + " has(self.passwordSecretRef)",
    message = "beside a container, user and passwordSecretRef go together")
@ValidationRule(
    value =
        "!has(self.secretRef) || (!has(self.host) && !has(self.port) && !has(self.user) &&"
            + " !has(self.passwordSecretRef))",
    message = "secretRef excludes host, port, user and passwordSecretRef")
@ValidationRule(
    value = "!has(self.sslMode) || !self.sslMode.startsWith('verify-') || has(self.caSecretRef)",
    message = "sslMode verify-ca and verify-full need caSecretRef")
public record PostgresConnection(
    @JsonPropertyDescription(
            "Secret with uri, or with host, port, user or username, password, dbname or database.")
        @Nullable ObjectReference secretRef,
    @Size(min = 1, max = 253)
        @Pattern("^[a-zA-Z0-9._:][-a-zA-Z0-9._:]*$")
        @JsonPropertyDescription("Host name or address of the server.")
        @Nullable String host,
    @Min(1) @Max(65535) @JsonPropertyDescription("Port of the server.") @Nullable Integer port,
    @Pattern(Names.DOCKER)
        @Size(min = 2, max = Names.DOCKER_LENGTH)
        @JsonPropertyDescription(
            "Name of a container of this machine's Docker. Address, port, user, password and"
                + " database are taken from it whenever a run begins. For salvor local only.")
        @Nullable String container,
    @JsonPropertyDescription("As container, found by its service. For salvor local only.")
        @Nullable ComposeService composeService,
    @Pattern(Names.POSTGRES_IDENTIFIER)
        @Size(min = 1, max = Names.POSTGRES_IDENTIFIER_LENGTH)
        @JsonPropertyDescription("Role to connect as.")
        @Nullable String user,
    @JsonPropertyDescription("The role's password.") @Nullable SecretKeyReference passwordSecretRef,
    @Pattern(Names.POSTGRES_IDENTIFIER)
        @Size(min = 1, max = Names.POSTGRES_IDENTIFIER_LENGTH)
        @JsonPropertyDescription(
            "Database to connect to first. Unset: the Secret's or the container's, else postgres.")
        @Nullable String database,
    @JsonPropertyDescription("TLS, as libpq's sslmode. Unset: the uri's, else prefer.")
        @Nullable SslMode sslMode,
    @JsonPropertyDescription(
            "Certificate authority of the server, in PEM, for verify-ca and verify-full.")
        @Nullable SecretKeyReference caSecretRef) {
  /** By a service of Compose, and nothing else. */
  public static PostgresConnection of(ComposeService service) {
    return new PostgresConnection(null, null, null, null, service, null, null, null, null, null);
  }

  /** By its address. */
  public static PostgresConnection of(
      String host, @Nullable Integer port, String user, @Nullable SecretKeyReference password) {
    return new PostgresConnection(null, host, port, null, null, user, password, null, null, null);
  }

  /** Whether a container says how. */
  @JsonIgnore
  public boolean isInContainer() {
    return container != null || composeService != null;
  }
}
