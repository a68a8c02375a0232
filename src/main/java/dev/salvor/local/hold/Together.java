package dev.salvor.local.hold;

import dev.salvor.local.docker.DockerUnreachable;
import dev.salvor.plan.HeldContainer;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Asks Docker for the same of several containers at once, and waits for all of them. */
final class Together {
  private Together() {}

  /** Why it failed, of each for which it did not go well beyond doubt. */
  static Map<HeldContainer, String> on(
      Collection<HeldContainer> containers, Consumer<HeldContainer> what) {
    var failed = new ConcurrentHashMap<HeldContainer, String>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var container : containers) {
        var _ =
            threads.submit(
                () -> {
                  try {
                    what.accept(container);
                  } catch (DockerUnreachable e) {
                    failed.put(container, "Container '" + container.name() + "': " + e.why());
                  } catch (Throwable e) { // also where no thread can be had any more
                    failed.put(container, "Container '" + container.name() + "': " + e);
                  }
                });
      }
    }
    return failed;
  }
}
