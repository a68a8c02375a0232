package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** How to reach a PostgreSQL server: by a Secret with the usual keys, or spelled out. */
@Model
@ValidationRule(
    value = "has(self.secretRef) || (has(self.host) && has(self.user))",
    message = "set secretRef, or host and user")
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
    @Pattern(Names.POSTGRES_IDENTIFIER)
        @Size(min = 1, max = Names.POSTGRES_IDENTIFIER_LENGTH)
        @JsonPropertyDescription("Role to connect as.")
        @Nullable String user,
    @JsonPropertyDescription("The role's password.") @Nullable SecretKeyReference passwordSecretRef,
    @Pattern(Names.POSTGRES_IDENTIFIER)
        @Size(min = 1, max = Names.POSTGRES_IDENTIFIER_LENGTH)
        @JsonPropertyDescription(
            "Database to connect to first. Unset: the Secret's, else postgres.")
        @Nullable String database,
    @JsonPropertyDescription("TLS, as libpq's sslmode. Unset: the uri's, else prefer.")
        @Nullable SslMode sslMode,
    @JsonPropertyDescription(
            "Certificate authority of the server, in PEM, for verify-ca and verify-full.")
        @Nullable SecretKeyReference caSecretRef) {}
