package dev.salvor.engine.supabase;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What Vault holds, in clear: of a hosted project the role {@code postgres} may read it, and the
 * key by which the dump's ciphertext opens is in no reach.
 *
 * @param secrets all that could be read
 * @param unread names of those that could not be
 */
public record VaultSecrets(List<Secret> secrets, List<String> unread) {
  private static final String VIEW = "vault.decrypted_secrets";

  public VaultSecrets {
    secrets = List.copyOf(secrets);
    unread = List.copyOf(unread);
  }

  /** One, as {@code vault.create_secret} takes it. */
  public record Secret(
      String id, @Nullable String name, @Nullable String description, String secret) {
    @Override
    public String toString() {
      return "secret " + id;
    }
  }

  /**
   * Reads them, in the snapshot of the dump.
   *
   * @throws dev.salvor.engine.EngineException INSUFFICIENT_PRIVILEGE, or whatever Vault says of a
   *     ciphertext that it cannot read: no message of it holds a value
   */
  public static VaultSecrets read(PostgresSession session) {
    var secrets = new ArrayList<Secret>();
    var unread = new ArrayList<String>();
    if (session.truth("SELECT pg_catalog.to_regclass('" + VIEW + "') IS NOT NULL")) {
      session.rows(
          "SELECT v.id::pg_catalog.text, v.name, pg_catalog.to_jsonb(v)->>'description',"
              + " v.decrypted_secret FROM "
              + VIEW
              + " v ORDER BY 1",
          row -> {
            var value = row.getString(4);
            return value == null
                ? unread.add(row.getString(2) == null ? row.getString(1) : row.getString(2))
                : secrets.add(
                    new Secret(row.getString(1), row.getString(2), row.getString(3), value));
          });
    } else if (ProjectDatabase.exists(session, "vault.secrets")) {
      session
          .rows("SELECT v.id::pg_catalog.text FROM vault.secrets v", row -> row.getString(1))
          .forEach(unread::add);
    }
    return new VaultSecrets(secrets, unread);
  }

  /**
   * As they were kept.
   *
   * @throws EngineException CORRUPT_RECOVERY_POINT
   */
  public static List<Secret> parse(byte[] json) {
    try {
      return List.of(Json.mapper().readValue(json, Secret[].class));
    } catch (IOException e) {
      // Its message would quote them.
      throw new EngineException(
          Reason.CORRUPT_RECOVERY_POINT, "the secrets of Vault in the point cannot be read");
    }
  }

  /** As they are kept. */
  public byte[] json() {
    try {
      return Json.mapper().writeValueAsBytes(secrets);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("secrets cannot be written");
    }
  }

  @Override
  public String toString() {
    return secrets.size() + " secrets of Vault";
  }
}
