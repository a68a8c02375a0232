package dev.salvor.plan;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.plan.DockerView.Container;
import java.util.List;
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
  public boolean hasImage(Container container) {
    return image
        .matcher(container.image().replaceFirst("@.*", "").replaceFirst(":[^/]*$", ""))
        .matches();
  }

  /** Whether a container may have it. */
  public boolean mayBe(Container container) {
    return hasImage(container) || hasName(container);
  }

  private boolean hasName(Container container) {
    return service.matcher(container.service()).matches();
  }

  /** Who has it among a project's containers. Of several nobody is chosen by chance. */
  Holder in(List<Container> project) {
    var candidates = project.stream().filter(this::mayBe).toList();
    var both = candidates.stream().filter(each -> hasImage(each) && hasName(each)).toList();
    var named = both.isEmpty() ? candidates : both;
    var running = named.stream().filter(Container::running).toList();
    // What a service was before it was made anew may still stand there.
    var found =
        running.size() == 1 && named.stream().map(Container::service).distinct().count() == 1
            ? running
            : named;
    return switch (found.size()) {
      case 0 -> new Holder.Nobody();
      case 1 -> new Holder.One(found.getFirst());
      default -> new Holder.Several(several(found));
    };
  }

  private Failure several(List<Container> found) {
    return Reason.CONTAINER_UNUSABLE.failure(
        "Compose project '"
            + found.getFirst().project()
            + "' has several containers that may be "
            + text
            + ": "
            + found.stream().map(Container::name).sorted().collect(Collectors.joining(", "))
            + ". Spell out which is meant ("
            + switch (this) {
              case SERVER -> "database.connection, and key";
              case STORAGE -> "storage";
            }
            + ").");
  }

  /** The container that has a role. */
  sealed interface Holder {
    record Nobody() implements Holder {}

    record One(Container container) implements Holder {}

    record Several(Failure failure) implements Holder {}
  }
}
