package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.cli.source.Pending;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Waits until a request is done and shows how far it is, or what it waits for. */
final class Waiting {
  /** So long the same reason stands before it is worth a line: most are gone at once. */
  private static final Duration WORTH_SAYING = Duration.ofSeconds(3);

  private static final Duration UNSEEN = Duration.ofSeconds(15);

  private final ProgressView view;
  private final Duration interval;
  private String waitsFor = "";
  private long sinceNanos = System.nanoTime();

  Waiting(ProgressView view, Duration interval) {
    this.view = view;
    this.interval = interval;
  }

  /** Closes it too. */
  JsonNode await(Pending pending) {
    var pause = new Semaphore(0);
    try (pending) {
      while (true) {
        var found = pending.look();
        if (found.isPresent() && Answer.isSettled(found.get())) {
          return found.get();
        }
        found.ifPresent(request -> show(request, pending));
        if (pause.tryAcquire(interval.toMillis(), TimeUnit.MILLISECONDS)) {
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

  private void show(JsonNode request, Pending pending) {
    var run = request.path("status").path("run").asText();
    var progress = run.isEmpty() ? null : pending.progress(run).orElse(null);
    if (progress != null) {
      view.show(progress);
      return;
    }
    var message = Answer.waitsFor(request);
    if (!message.equals(waitsFor)) {
      waitsFor = message;
      sinceNanos = System.nanoTime();
    }
    var since = Duration.ofNanos(System.nanoTime() - sinceNanos);
    if (!message.isEmpty() && since.compareTo(WORTH_SAYING) > 0) {
      view.note("waits: " + message);
    } else if (message.isEmpty() && since.compareTo(UNSEEN) > 0) {
      view.note("no host has looked at it yet; 'salvor doctor' says whether one is there");
    }
  }
}
