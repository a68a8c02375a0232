package dev.salvor.plan;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A service of a self-hosted Supabase that says where something is. It is known by its image, also
 * from a mirror, and by what Supabase's own Compose file and those made of it call it.
 */
public enum SupabaseRole {
  SERVER("postgres", "(supabase-)?db", "a server (image supabase/postgres, service db)"),
  STORAGE(
      "storage(-api)?",
      "(supabase-)?storage",
      "Storage (image supabase/storage-api, service storage)");

  /** What may have one. */
  public interface Candidate {
    /** What people know it by. */
    String name();

    /** What its maker calls it. */
    String service();

    /** As its maker wrote it, with the tag. */
    String image();

    boolean running();

    /** What it keeps things in, where that says whether another is the same made anew. */
    default Set<String> keptIn() {
      return Set.of();
    }
  }

  private final Pattern image;
  private final Pattern service;
  private final String text;

  SupabaseRole(String image, String service, String text) {
    this.image = Pattern.compile("(.*/)?supabase[/_-]" + image);
    this.service = Pattern.compile(service);
    this.text = text;
  }

  /** What to look for, in words. */
  String text() {
    return text;
  }

  /** Whether a container may have it, by its image alone. */
  public boolean hasImage(Candidate container) {
    return image
        .matcher(container.image().replaceFirst("@.*", "").replaceFirst(":[^/]*$", ""))
        .matches();
  }

  /** Whether a container may have it. */
  public boolean mayBe(Candidate container) {
    return hasImage(container) || hasName(container);
  }

  private boolean hasName(Candidate container) {
    return service.matcher(container.service()).matches();
  }

  /**
   * Who has it among a project's containers. Of several nobody is chosen by chance.
   *
   * @param whole the project, in words
   */
  <T extends Candidate> Holder<T> in(List<T> project, String whole) {
    var candidates = project.stream().filter(this::mayBe).toList();
    var both = candidates.stream().filter(each -> hasImage(each) && hasName(each)).toList();
    var named = both.isEmpty() ? candidates : both;
    var running = named.stream().filter(Candidate::running).toList();
    // What a service was before it was made anew may still stand there.
    var found =
        running.size() == 1
                && named.stream().map(Candidate::service).distinct().count() == 1
                && named.stream().map(Candidate::keptIn).distinct().count() == 1
            ? running
            : named;
    return switch (found.size()) {
      case 0 -> new Holder.Nobody<>();
      case 1 -> new Holder.One<>(found.getFirst());
      default -> new Holder.Several<>(several(found, whole));
    };
  }

  private Failure several(List<? extends Candidate> found, String whole) {
    return Reason.CONTAINER_UNUSABLE.failure(
        whole
            + " has several containers that may be "
            + text
            + ": "
            + found.stream().map(Candidate::name).sorted().collect(Collectors.joining(", "))
            + ". Spell out which is meant ("
            + switch (this) {
              case SERVER -> "database.connection, and key";
              case STORAGE -> "storage";
            }
            + ").");
  }

  /** The container that has a role. */
  sealed interface Holder<T extends Candidate> {
    record Nobody<T extends Candidate>() implements Holder<T> {}

    record One<T extends Candidate>(T container) implements Holder<T> {}

    record Several<T extends Candidate>(Failure failure) implements Holder<T> {}
  }
}
