package dev.salvor.worker;

import dev.salvor.api.Initialize;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.objectstore.StoreRoot;
import dev.salvor.engine.restic.Listed;
import dev.salvor.engine.restic.ResticRepository;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.worker.RecoveryPoints.Access;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens a repository by the rules of SAFETY 26 and 34: nothing that was known before is ever made
 * anew, reading makes nothing, and what is not the store or the repository that is expected is not
 * touched.
 *
 * @param storeId null: read from a place without a marker
 */
record OpenRepository(@Nullable String storeId, String repositoryId, Listed listed) {

  /** Checks the store while restic derives its key: either takes a second. */
  static OpenRepository open(
      StoreRoot root,
      ResticRepository repository,
      RepositoryTarget target,
      Access access,
      String run) {
    var listed = new CompletableFuture<Listed>();
    var listing =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    listed.complete(repository.listed());
                  } catch (RuntimeException e) {
                    listed.completeExceptionally(e);
                  }
                });
    try {
      return new Opening(root, repository, target, access, run).open(() -> await(listed));
    } finally {
      // Where the store is not the right one, restic's own retries are not waited for.
      listing.interrupt();
    }
  }

  private static Listed await(CompletableFuture<Listed> listed) {
    try {
      return listed.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(Reason.INTERRUPTED, "the run was ended while the store was opened");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException known
          ? known
          : new IllegalStateException(e.getCause());
    }
  }

  private record Opening(
      StoreRoot root,
      ResticRepository repository,
      RepositoryTarget target,
      Access access,
      String run) {

    OpenRepository open(Supplier<Listed> listed) {
      var storeId = store();
      var path = target.path();
      var digest = root.configDigest(path);
      var record = root.repository(path);
      if (digest.isEmpty()) {
        requireNeverSeen(record.isPresent());
        return make(storeId);
      }
      var all = listed.get();
      var known = record.filter(it -> it.configDigest().equals(digest.get()));
      var id = known.isPresent() ? known.get().id() : repository.id();
      requireSame(id, target.expectedRepositoryId());
      requireSame(id, record.isPresent() ? record.get().id() : null);
      if (known.isEmpty() && access == Access.WRITE) {
        root.remember(path, id, digest.get(), target.owner().text());
      }
      return new OpenRepository(storeId, id, all);
    }

    private @Nullable String store() {
      var expected = target.store().expectedStoreId();
      return switch (access) {
        case WRITE ->
            // Once a repository was seen here, the place was a store: it is not made again.
            root.requireOrMake(
                expected,
                target.expectedRepositoryId() == null
                    ? target.store().initialize()
                    : Initialize.NEVER);
        case MAINTAIN -> root.require(expected);
        // What was copied without its marker can still be read.
        case READ, PROVE -> expected == null ? root.id().orElse(null) : root.require(expected);
      };
    }

    private void requireNeverSeen(boolean recorded) {
      if (access != Access.WRITE
          || recorded
          || target.expectedRepositoryId() != null
          || root.holdsDataAt(target.path())) {
        throw new EngineException(
            Reason.REPOSITORY_MISSING,
            "there is no repository at " + target.path() + " in store " + target.store().name());
      }
    }

    private void requireSame(String id, @Nullable String expected) {
      if (expected != null && !expected.equals(id)) {
        throw new EngineException(
            Reason.REPOSITORY_MISSING,
            "at "
                + target.path()
                + " in store "
                + target.store().name()
                + " is another repository, "
                + id
                + "; expected is "
                + expected);
      }
    }

    private OpenRepository make(@Nullable String storeId) {
      var path = target.path();
      return root.whileClaimed(
          path,
          run,
          () -> {
            // Another run may have made it while this one looked.
            var id = root.configDigest(path).isPresent() ? repository.id() : initialize(path);
            var digest = root.configDigest(path);
            root.remember(path, id, digest.orElseThrow(this::vanished), target.owner().text());
            return new OpenRepository(storeId, id, repository.listed());
          });
    }

    private String initialize(String path) {
      if (root.holdsDataAt(path)) {
        throw new EngineException(
            Reason.REPOSITORY_MISSING,
            "at " + path + " in store " + target.store().name() + " are data without a config");
      }
      root.putAbortedInitAside(path);
      return repository.initialize();
    }

    private EngineException vanished() {
      return new EngineException(
          Reason.STORE_DAMAGED, "the new repository at " + target.path() + " cannot be read back");
    }
  }
}
