package dev.salvor.plan;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.plan.ContainerServer.Daemon;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What the server of a proof is made of on one machine: the very image that the source runs has its
 * extensions and locales. Whatever comes of it refutes nothing.
 */
public sealed interface ServerChoice {
  /**
   * A container of an image.
   *
   * @param reference its id, which no registry can change
   * @param sandbox the run's folder, where Docker finds it
   */
  record OfImage(String reference, String sandbox) implements ServerChoice {}

  /** The worker makes one of this machine's programs. */
  record OfTheMachine() implements ServerChoice {}

  /** Nothing can be proven now. */
  record None(Failure failure) implements ServerChoice {}

  /**
   * A container whose image may be taken.
   *
   * @param image its id
   */
  record Candidate(String container, boolean running, String image) {}

  /**
   * Decides.
   *
   * @param found all containers that the source may mean; one that does not run has its image too
   * @param sandbox the run's folder, where Docker finds it; empty: Salvor's own container has it
   *     for itself
   */
  static ServerChoice of(
      ProofServer wanted, List<Candidate> found, Daemon daemon, Optional<String> sandbox) {
    if (daemon == Daemon.APART || sandbox.isEmpty()) {
      // Neither its users nor, in a virtual machine, its sockets are this machine's.
      return new OfTheMachine();
    }
    var running = found.stream().filter(Candidate::running).toList();
    var candidates = running.isEmpty() ? found : running;
    var images = candidates.stream().map(Candidate::image).distinct().toList();
    return switch (images.size()) {
      case 0 ->
          none(
              Reason.SANDBOX_FAILED,
              "Docker knows no "
                  + wanted.source().text()
                  + ", and so no image that its server could be imitated with: start it. A copy is"
                  + " not restored into another server.");
      case 1 -> new OfImage(images.getFirst(), sandbox.get());
      default ->
          none(
              Reason.CONTAINER_UNUSABLE,
              "The containers of "
                  + wanted.source().text()
                  + " are of several images: "
                  + candidates.stream()
                      .map(Candidate::container)
                      .sorted()
                      .collect(Collectors.joining(", "))
                  + ". Name one with connection.container.");
    };
  }

  /** None is pulled: nobody asked for that, and a proof has no registry's credentials. */
  static Failure absent(ProofServer wanted, String reference) {
    return Reason.CONTAINER_UNUSABLE.failure(
        "This machine has the image of "
            + wanted.source().text()
            + " no more ("
            + reference
            + "): make the container anew of one that is there.");
  }

  /** Docker did not answer, or did not do what it was asked. */
  static Failure withoutDocker(ProofServer wanted, String why) {
    return Reason.SANDBOX_FAILED.failure(
        "No container could be made of the image of " + wanted.source().text() + ". " + why);
  }

  private static None none(Reason reason, String message) {
    return new None(reason.failure(message));
  }
}
