package dev.salvor.worker;

import dev.salvor.engine.objectstore.StoreRoot;
import dev.salvor.task.Credential;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.util.List;

/**
 * Finds out whether a store can be used and whether it is the one that it was. It makes the store
 * where that is allowed; where it is not, nothing is written to the place.
 */
final class ProbeStoreCarrier {
  private final WorkerContext context;

  ProbeStoreCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.ProbeStore task) {
    context.progress().step(Step.PROBE);
    var store = task.store();
    var password =
        context.credentials().require(Credential.STORE_PASSWORD, List.of(Credential.VALUE));
    try (var objects = new StoreAccess(context, store).objects()) {
      var root = new StoreRoot(objects, context.clock());
      var id = root.requireOrMake(store.expectedStoreId(), store.initialize());
      var deletable = root.probe(context.header().run());
      var capabilities = objects.capabilities();
      return new TaskResult.Probed(
          id,
          KeyFingerprint.of(password, id),
          capabilities.versioning(),
          capabilities.objectLock(),
          deletable);
    }
  }
}
