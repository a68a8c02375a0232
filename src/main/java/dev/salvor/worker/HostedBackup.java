package dev.salvor.worker;

import dev.salvor.api.Failure;
import dev.salvor.api.HostedSupabase;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.ServerAddress;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.supabase.ManagementApi;
import dev.salvor.engine.supabase.ProjectDatabase;
import dev.salvor.engine.supabase.StateReader;
import dev.salvor.engine.supabase.VaultSecrets;
import dev.salvor.task.Credential;
import dev.salvor.task.FileTrees;
import dev.salvor.task.HostedFacts;
import dev.salvor.task.HostedProject;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.SupabaseState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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

  /** How long the API may take, with all that it has us wait. */
  private static final Duration ASKING = Duration.ofMinutes(15);

  /** Supabase makes one each day, of what it makes any. */
  private static final Duration OLD = Duration.ofDays(2);

  private final WorkerContext context;
  private final HostedProject project;
  private final FileTrees trees;

  /**
   * Of a project.
   *
   * @param trees with a folder for its functions, where the API is asked
   */
  HostedBackup(WorkerContext context, HostedProject project, FileTrees trees) {
    this.context = context;
    this.project = project;
    this.trees = trees;
  }

  /**
   * The same with a folder for Edge Functions, where they are asked for. Its name is that of the
   * part in every run: by it restic finds what it has.
   *
   * @throws EngineException SCRATCH_FULL
   */
  static SupabaseProject withFunctions(SupabaseProject project, WorkerContext context) {
    if (project.hosted() == null || project.hosted().endpoint() == null) {
      return project;
    }
    try {
      var folder = context.scratch().resolve(HostedSupabase.FUNCTIONS);
      Files.createDirectories(folder);
      return project.withTrees(
          List.of(new FileTrees.Tree(HostedSupabase.FUNCTIONS, folder.toString())));
    } catch (IOException e) {
      throw new EngineException(Reason.SCRATCH_FULL, "the scratch folder cannot be written", e);
    }
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
   * @throws EngineException CREDENTIALS_MISSING where the token is not there; BEHIND_POOLER where
   *     transactions would be handed from session to session; INVALID_SPEC where the server says by
   *     its name that it is another project's
   */
  void begin(ServerConnection server) {
    if (project.endpoint() != null) {
      token();
    }
    elsewhere(project.project(), server.address(), server.user())
        .ifPresent(
            failure -> {
              throw new EngineException(failure);
            });
  }

  /** Why this is no server to dump that project from. */
  static Optional<Failure> elsewhere(String project, ServerAddress address, String user) {
    if (address.port() == HostedSupabase.TRANSACTION_POOLER) {
      return Optional.of(
          Reason.BEHIND_POOLER.failure(
              address.text()
                  + " is Supabase's transaction pooler: use port 5432 of the same host, or of db."
                  + project
                  + ".supabase.co"));
    }
    var name = address instanceof ServerAddress.Tcp tcp ? tcp.name() : "";
    return Stream.of(POOLER_USER.matcher(user), SERVER_NAME.matcher(name))
        .filter(Matcher::matches)
        .map(said -> said.group(1))
        .filter(said -> !said.equals(project))
        .findFirst()
        .map(
            other ->
                Reason.INVALID_SPEC.failure(
                    "the connection leads to project " + other + ", not to " + project + "."));
  }

  /**
   * Takes it, after the dump.
   *
   * @param passedOver tables that are not in that
   */
  Kept take(
      ProjectSnapshot snapshot,
      ProjectDatabase database,
      List<String> passedOver,
      @Nullable SupabaseState state) {
    var documents = new LinkedHashMap<String, byte[]>();
    var toEnterAnew = new ArrayList<>(passwords(state));
    var secrets = snapshot.secrets();
    secrets
        .filter(read -> !read.secrets().isEmpty())
        .ifPresent(read -> documents.put(VAULT, read.json()));
    var management = management();
    management.ifPresent(
        read -> {
          documents.putAll(read.documents());
          toEnterAnew.addAll(read.untold());
        });
    // A key opens what is in the dump, and nothing else.
    var hasKey = management.filter(ManagementBackup::hasVaultKey).isPresent();
    var opened =
        !database.hasSecrets()
            || (opensColumns(database, hasKey && !passedOver.contains("pgsodium.key"))
                && ((hasKey && !passedOver.contains("vault.secrets"))
                    || opens(secrets.orElse(null))));
    return new Kept(
        documents,
        new HostedFacts(
            project.project(),
            toEnterAnew,
            management.flatMap(ManagementBackup::providersBackup).orElse(null)),
        opened && management.stream().allMatch(read -> read.complaints().isEmpty()));
  }

  /** Empty where the policy does not say how. */
  private Optional<ManagementBackup> management() {
    if (project.endpoint() == null) {
      context
          .warnings()
          .add("configuration and Edge Functions are not kept: the policy names no management");
      return Optional.empty();
    }
    var folder = Path.of(trees.trees().getFirst().path());
    var until = context.clock().instant().plus(ASKING);
    try (var api =
            new ManagementApi(
                project.endpoint(),
                project.project(),
                token(),
                context.clock(),
                until,
                Thread::sleep);
        var _ = context.ending().register(api::close)) {
      var read = new ManagementBackup(api, folder);
      read.read();
      if (!read.complaints().isEmpty()) {
        context
            .warnings()
            .addFirst("not had from the Management API: " + TreesBackup.some(read.complaints()));
      }
      warnOfProvider(read);
      return Optional.of(read);
    }
  }

  private ManagementApi.Token token() {
    context.credentials().require(Credential.SOURCE_TOKEN);
    return new ManagementApi.Token(
        context.credentials().text(Credential.SOURCE_TOKEN, Credential.VALUE).orElse(""));
  }

  /** It is none of ours, and goes with the project; but somebody may rely on it. */
  private void warnOfProvider(ManagementBackup read) {
    if (!read.documents().containsKey(ManagementBackup.BACKUPS)) {
      return;
    }
    var newest = read.providersBackup();
    if (newest.isEmpty()) {
      context.warnings().add("Supabase itself has no backup of the project");
    } else if (newest.get().plus(OLD).isBefore(context.clock().instant())) {
      context.warnings().add("Supabase's own newest backup of the project is of " + newest.get());
    }
  }

  private boolean opensColumns(ProjectDatabase database, boolean byKey) {
    var opens = byKey || !database.hasEncryptedColumns();
    if (!opens) {
      context
          .warnings()
          .addFirst(
              "pgsodium encrypts columns, and its key is not in this point: they cannot be read"
                  + " again by what it holds.");
    }
    return opens;
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
