package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.PostgresSession;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.supabase.ProjectKeys;
import dev.salvor.engine.supabase.StateReader;
import dev.salvor.engine.supabase.VaultSecrets;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.SupabaseState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a project's database says, in the snapshot of its dump, of what the dump alone does not
 * prove: of its state beyond tables, and of objects whose bytes are elsewhere.
 */
final class ProjectSnapshot implements SnapshotReader {
  /** Who hosts the project. */
  enum Host {
    OWNER,
    /**
     * What Vault holds is read in clear: nobody has the key, and nothing else opens it. Storage's
     * objects are fetched by their rows.
     */
    SUPABASE
  }

  private final WorkerContext context;
  private final @Nullable ObjectsBackup objects;
  private final List<String> passedOver;
  private final Host host;
  private @Nullable SupabaseState state;
  private @Nullable VaultSecrets secrets;
  private boolean wasRead;

  /**
   * Of one project.
   *
   * @param layout null: its objects are not laid beside files
   * @param passedOver tables that are not in the dump
   */
  ProjectSnapshot(
      WorkerContext context, @Nullable StorageLayout layout, List<String> passedOver, Host host) {
    this.context = context;
    this.passedOver = List.copyOf(passedOver);
    this.host = host;
    this.objects =
        layout == null ? null : new ObjectsBackup(context, layout, host == Host.SUPABASE);
  }

  @Override
  public void read(PostgresSession inSnapshot) {
    if (!inSnapshot.database().equals(SupabaseSource.DATABASE)) {
      return;
    }
    wasRead = false;
    inSnapshot.execute("SAVEPOINT project");
    try {
      state = StateReader.without(StateReader.read(inSnapshot), passedOver);
      if (objects != null) {
        objects.read(inSnapshot);
      }
      wasRead = true;
    } catch (EngineException e) {
      // A dump is worth more than what is noted beside it: the point is kept, and is Partial.
      inSnapshot.execute("ROLLBACK TO SAVEPOINT project");
      context
          .warnings()
          .addFirst("the project cannot be compared with its copy: " + e.failure().message());
    }
    if (host == Host.SUPABASE) {
      readVault(inSnapshot);
    }
  }

  private void readVault(PostgresSession inSnapshot) {
    inSnapshot.execute("SAVEPOINT vault");
    try {
      secrets = VaultSecrets.read(inSnapshot);
    } catch (EngineException e) {
      inSnapshot.execute("ROLLBACK TO SAVEPOINT vault");
      context.warnings().add("values of Vault's secrets cannot be read: " + e.failure().message());
    }
  }

  /** What Vault held; empty where it was not read. */
  Optional<VaultSecrets> secrets() {
    return Optional.ofNullable(secrets);
  }

  /**
   * The objects that are to be fetched by their rows; empty: those were not read, or need not be.
   */
  Optional<ServedRows> served() {
    return objects == null || !wasRead ? Optional.empty() : objects.served();
  }

  /** Whether all was read that is to be compared. */
  boolean wasRead() {
    return wasRead;
  }

  /** The state, once the roles were dumped; null where it was not read. */
  @Nullable SupabaseState state(ServerConnection server) {
    if (state == null || !wasRead) {
      return null;
    }
    try (var open = RunSession.open(server, SupabaseSource.DATABASE, context)) {
      return StateReader.stillSo(state, open.session());
    }
  }

  /** Looks whether the keys in a project's {@code .env} are those of its database, and says it. */
  void lookAtKeys(Path environment) {
    if (state == null || !Files.exists(environment)) {
      return;
    }
    try {
      var text = new String(Files.readAllBytes(environment), StandardCharsets.UTF_8);
      ProjectKeys.complaints(text, StateReader.jwtSecret(state), context.clock().instant())
          .forEach(context.warnings()::add);
    } catch (IOException e) {
      throw new EngineException(Reason.SCRATCH_FULL, "what was written to memory is gone", e);
    }
  }

  /**
   * Lays the objects beside Storage's files, and says who of them is not whole.
   *
   * @param entries what was noted of the files; of the point before there may be more afterwards
   * @param notes the folder for what is noted of the objects
   * @param unread so many of them are perhaps there, and could not be fetched
   * @param before has some that were overtaken; null: they are not to be had elsewhere
   * @return empty where they were not read, or are not in the point
   */
  Optional<ObjectsBackup.Settled> compare(
      Path entries,
      Path notes,
      ServerDump.Dumped dumped,
      long unread,
      @Nullable EarlierObjects before) {
    if (objects == null || !wasRead) {
      return Optional.empty();
    }
    var beside = objects;
    return dumped.parts().stream()
        .filter(part -> part.name().equals(SupabaseSource.DATABASE))
        .findFirst()
        .map(
            database -> {
              var settled =
                  beside.settle(
                      entries,
                      notes.resolve(StorageFacts.FILE),
                      dumped.seen().server(),
                      database.time(),
                      unread,
                      before);
              settled.earlier().map(EarlierObjects.Taken::text).ifPresent(context.warnings()::add);
              settled.census().remarks().forEach(context.warnings()::add);
              settled.census().complaint().ifPresent(context.warnings()::addFirst);
              return settled;
            });
  }
}
