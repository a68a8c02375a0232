package dev.salvor.worker;

import dev.salvor.api.HostedSupabase;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.ServerAddress;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.supabase.StateReader;
import dev.salvor.engine.supabase.VaultSecrets;
import dev.salvor.task.HostedFacts;
import dev.salvor.task.HostedProject;
import dev.salvor.task.SupabaseState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is kept beside the database of a project that Supabase hosts. Nothing of it fails a run: the
 * database is in the repository by then, and a point that lacks the rest is Partial.
 */
final class HostedBackup {
  /** Where secrets of Vault lie in clear. */
  static final String VAULT = "vault/secrets.json";

  private static final Pattern POOLER_USER = Pattern.compile(".+\\.([a-z]{20})");
  private static final Pattern SERVER_NAME = Pattern.compile("db\\.([a-z]{20})\\.supabase\\.co");

  private final WorkerContext context;
  private final HostedProject project;

  HostedBackup(WorkerContext context, HostedProject project) {
    this.context = context;
    this.project = project;
  }

  /**
   * What it came to.
   *
   * @param documents for the configuration, by their names; secrets are in them
   * @param complete whether nothing is missing that could have been had
   */
  record Kept(Map<String, byte[]> documents, HostedFacts facts, boolean complete) {
    @Override
    public String toString() {
      return "what is kept of " + facts.project();
    }
  }

  /**
   * Before anything is dumped.
   *
   * @throws EngineException BEHIND_POOLER where transactions would be handed from session to
   *     session; INVALID_SPEC where the server says by its name that it is another project's
   */
  void refuseOther(ServerConnection server) {
    if (server.address().port() == HostedSupabase.TRANSACTION_POOLER) {
      throw new EngineException(
          Reason.BEHIND_POOLER,
          server.address().text()
              + " is Supabase's transaction pooler: use port 5432 of the same host, or of db."
              + project.project()
              + ".supabase.co");
    }
    var name = server.address() instanceof ServerAddress.Tcp tcp ? tcp.name() : "";
    for (var said : List.of(POOLER_USER.matcher(server.user()), SERVER_NAME.matcher(name))) {
      if (said.matches() && !said.group(1).equals(project.project())) {
        throw new EngineException(
            Reason.INVALID_SPEC,
            "the connection leads to project "
                + said.group(1)
                + ", and the policy is of "
                + project.project()
                + ".");
      }
    }
  }

  /** Takes it, after the dump. */
  Kept take(ProjectSnapshot snapshot, boolean hasSecrets, @Nullable SupabaseState state) {
    var documents = new LinkedHashMap<String, byte[]>();
    var toEnterAnew = new ArrayList<>(passwords(state));
    var secrets = snapshot.secrets();
    secrets
        .filter(read -> !read.secrets().isEmpty())
        .ifPresent(read -> documents.put(VAULT, read.json()));
    var opened = !hasSecrets || opens(secrets.orElse(null));
    if (project.endpoint() == null) {
      context
          .warnings()
          .add("configuration and Edge Functions are not kept: the policy names no management API");
    }
    return new Kept(documents, new HostedFacts(project.project(), toEnterAnew, null), opened);
  }

  private boolean opens(@Nullable VaultSecrets read) {
    if (read != null && read.unread().isEmpty()) {
      return true;
    }
    context
        .warnings()
        .addFirst(
            "Vault holds secrets that cannot be read again by what this point holds"
                + (read == null ? "" : ": " + TreesBackup.some(read.unread()))
                + ". The role needs SELECT on vault.decrypted_secrets.");
    return false;
  }

  /** Of roles that somebody made: nobody but Supabase may read the hashes. */
  private static List<String> passwords(@Nullable SupabaseState state) {
    return state == null
        ? List.of()
        : StateReader.loginsMade(state).stream().map("password of role "::concat).toList();
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
