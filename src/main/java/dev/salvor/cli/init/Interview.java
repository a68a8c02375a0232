package dev.salvor.cli.init;

import dev.salvor.cli.CommandFailed;
import dev.salvor.local.manifest.ResourceKey;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/**
 * Five questions. What the options of the command say is not asked; what they do not is, at a
 * terminal.
 */
public final class Interview {
  private final Wishes wishes;
  private final Dialogue dialogue;
  private final Supplier<DockerOffers> docker;
  private final List<ResourceKey> present;

  /**
   * Nothing is asked yet.
   *
   * @param docker asked only if a person is
   * @param present stores that the folder of manifests has already
   */
  public Interview(
      Wishes wishes, Dialogue dialogue, Supplier<DockerOffers> docker, List<ResourceKey> present) {
    this.wishes = wishes;
    this.dialogue = dialogue;
    this.docker = docker;
    this.present = List.copyOf(present);
  }

  /**
   * Asks.
   *
   * @throws CommandFailed if an option is refused, or missing where nobody can be asked
   */
  public Setup hold(String timeZone, Instant now) {
    ObjectName.require("--name", wishes.name());
    ObjectName.require("--namespace", wishes.namespace());
    var namespace = namespace();
    var source = new SourceQuestions(wishes.what(), dialogue, docker).source();
    var places =
        new DestinationQuestions(
            wishes.where(),
            dialogue,
            present.stream()
                .filter(store -> store.namespace().equals(namespace))
                .map(ResourceKey::name)
                .toList());
    var destination = places.destination(source);
    var rhythm =
        Rhythm.of(
            dialogue.answer(
                wishes.schedule(),
                new Question(
                    "3. How often? hourly, daily, weekly, or five fields of cron",
                    "--schedule",
                    "daily",
                    text -> Rhythm.of(text).refusal())));
    var keeping =
        Keeping.parse(
            dialogue.answer(
                wishes.keep(),
                new Question(
                    "4. How many are kept? h, d, w, m, y: of so many hours, days and so on",
                    "--keep",
                    rhythm.isHourly() ? Keeping.USUAL_OF_HOURLY : Keeping.USUAL,
                    Keeping::refusal)));
    return new Setup(
        namespace,
        wishes.name() == null ? source.suggestedName() : wishes.name(),
        source,
        destination instanceof Destination.New made ? places.encrypted(made) : destination,
        rhythm,
        keeping,
        timeZone,
        now);
  }

  private String namespace() {
    if (wishes.namespace() != null) {
      return wishes.namespace();
    }
    var all = present.stream().map(ResourceKey::namespace).distinct().toList();
    return all.size() == 1 ? all.getFirst() : "default";
  }
}
