package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.local.LocalHost;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.state.ResourceStore;
import dev.salvor.local.state.StateFolder;
import dev.salvor.local.state.StoredResource;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits until a request is done and shows how far it is. Where no host works in the state folder,
 * this command is the host for so long.
 */
final class Waiting {
  private static final int LOOK_MILLIS = 200;

  private final StateFolder state;
  private final ProgressView view;
  private @Nullable Path log;
  private long read;

  Waiting(StateFolder state, ProgressView view) {
    this.state = state;
    this.view = view;
  }

  JsonNode await(ObjectNode request) {
    var metadata = request.path("metadata");
    var key =
        new ResourceKey(
            request.path("kind").asText(),
            metadata.path("namespace").asText(),
            metadata.path("name").asText());
    var pause = new Semaphore(0);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var host = threads.submit(this::beHost);
      while (true) {
        var found = find(key);
        if (found.isPresent() && Answer.isSettled(found.get())) {
          return found.get();
        }
        found.ifPresent(this::showProgress);
        if (host.isDone()) {
          failed(host);
          host = threads.submit(this::beHost);
        }
        if (pause.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
          throw new IllegalStateException("nobody releases it");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed(Exit.FAILED, "interrupted; the request stays with the host");
    } finally {
      view.end();
    }
  }

  private Optional<JsonNode> find(ResourceKey key) {
    return ResourceStore.readAll(state.resources()).stream()
        .filter(resource -> resource.key().equals(key))
        .<JsonNode>map(StoredResource::json)
        .findFirst();
  }

  private @Nullable Void beHost() {
    var manifests =
        state
            .manifests()
            .orElseThrow(
                () -> new CommandFailed(Exit.NO_INPUT, "no host has ever worked in this folder"));
    try {
      new LocalHost(
              new LocalHost.Settings(
                  manifests,
                  state.root(),
                  LocalCommand.MAXIMUM_RUNS,
                  ThisProgram.worker(),
                  Clock.systemUTC()))
          .run(LocalHost.Until.NOTHING_IS_DUE);
    } catch (StateFolder.InUseException e) {
      return null; // somebody else is: all the better
    }
    return null;
  }

  private static void failed(Future<?> host) {
    if (host.state() == Future.State.FAILED) {
      if (host.exceptionNow() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(host.exceptionNow());
    }
  }

  private void showProgress(JsonNode request) {
    var run = request.path("status").path("run").asText();
    if (log == null) {
      log = RunLog.of(state, run).orElse(null);
    }
    if (log != null) {
      var part = RunLog.read(log, read);
      read = part.next();
      part.lines().stream()
          .flatMap(line -> RunLog.progress(line).stream())
          .reduce((earlier, later) -> later)
          .ifPresent(view::show);
    }
  }
}
