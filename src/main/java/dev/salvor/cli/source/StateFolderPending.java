package dev.salvor.cli.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import dev.salvor.local.LocalHost;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.state.ResourceStore;
import dev.salvor.local.state.StateFolder;
import dev.salvor.local.state.StoredResource;
import dev.salvor.task.Progress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A request in a state folder. Where no host works there, this command is the host for so long. */
final class StateFolderPending implements Pending {
  private static final Duration LOOK = Duration.ofMillis(200);

  private final StateFolder state;
  private final ResourceKey key;
  private final StateFolderResources.StandIn standIn;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private @Nullable Future<?> host;
  private @Nullable Path log;
  private long read;

  StateFolderPending(StateFolder state, ResourceKey key, StateFolderResources.StandIn standIn) {
    this.state = state;
    this.key = key;
    this.standIn = standIn;
  }

  @Override
  public Optional<JsonNode> look() {
    if (host == null || host.isDone()) {
      throwFailure(host);
      host = threads.submit(this::beHost);
    }
    return ResourceStore.readAll(state.resources()).stream()
        .filter(resource -> resource.key().equals(key))
        .<JsonNode>map(StoredResource::json)
        .findFirst();
  }

  @Override
  public Optional<Progress> progress(String run) {
    if (log == null) {
      log = RunLog.of(state, run).orElse(null);
    }
    if (log == null) {
      return Optional.empty();
    }
    var part = RunLog.read(log, read);
    read = part.next();
    return ProgressLine.last(part.lines());
  }

  @Override
  public Duration interval() {
    return LOOK;
  }

  /** Waits until the host that this command may be has done what is due. */
  @Override
  public void close() {
    threads.close();
  }

  private @Nullable Void beHost() {
    var manifests =
        state
            .manifests()
            .orElseThrow(
                () -> new CommandFailed(Exit.NO_INPUT, "no host has ever worked in this folder"));
    try {
      new LocalHost(standIn.settings(manifests, state.root())).run(LocalHost.Until.NOTHING_IS_DUE);
    } catch (StateFolder.InUseException e) {
      return null; // somebody else is: all the better
    }
    return null;
  }

  private static void throwFailure(@Nullable Future<?> host) {
    if (host != null && host.state() == Future.State.FAILED) {
      if (host.exceptionNow() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(host.exceptionNow());
    }
  }
}
