package dev.salvor.cli.init;

import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The second question, where backups go, and the last one, what they are encrypted with. */
final class DestinationQuestions {
  private static final String PLACES = "--to-folder or --to-s3";
  private static final String STORE = "backups";
  private static final String AMAZON = "Amazon";

  private final Wishes.Where where;
  private final Dialogue dialogue;
  private final List<String> present;

  /**
   * Nothing is asked yet.
   *
   * @param present names of the stores that there are in the policy's namespace
   */
  DestinationQuestions(Wishes.Where where, Dialogue dialogue, List<String> present) {
    this.where = where;
    this.dialogue = dialogue;
    this.present = List.copyOf(present);
  }

  Destination destination(Source source) {
    if (where.store() != null && !present.contains(where.store())) {
      ObjectName.require("--store", where.store());
    }
    var destination = anyDestination(source);
    if ((where.endpoint() != null || where.region() != null)
        && !(destination instanceof Destination.New(var _, Destination.Bucket _, var _))) {
      throw new CommandFailed(
          Exit.USAGE, "--s3-endpoint and --s3-region go with a new bucket only");
    }
    return destination;
  }

  private Destination anyDestination(Source source) {
    if (where.folder() != null && where.bucket() != null) {
      throw new CommandFailed(Exit.USAGE, "either --to-folder or --to-s3");
    }
    if (where.folder() != null) {
      return made(storeFolder(where.folder(), source));
    }
    if (where.bucket() != null) {
      return made(bucket(where.bucket()));
    }
    var usable =
        present.stream()
            .filter(store -> where.store() == null || store.equals(where.store()))
            .toList();
    if (usable.size() == 1 && (where.store() != null || !dialogue.isHeld())) {
      return new Destination.Present(usable.getFirst());
    }
    return askedDestination(usable, source);
  }

  private Destination askedDestination(List<String> usable, Source source) {
    var choices = new ArrayList<String>();
    var destinations = new ArrayList<Supplier<Destination>>();
    for (var store : usable) {
      choices.add("the store '" + store + "' that is there already");
      destinations.add(() -> new Destination.Present(store));
    }
    choices.add("a folder of this machine: another disk, or a share that is mounted");
    destinations.add(() -> made(storeFolder(null, source)));
    choices.add("a bucket of S3, or of what speaks like it");
    destinations.add(() -> made(bucket(null)));
    return destinations
        .get(
            dialogue.choose(
                "2. Where to?", choices, usable.isEmpty() ? PLACES : PLACES + ", or --store"))
        .get();
  }

  /** Without its password: that is the last question. */
  private Destination.New made(Destination.Place place) {
    var name = where.store() == null ? freeName() : where.store();
    if (present.contains(name)) {
      throw new CommandFailed(
          Exit.USAGE,
          "there is a store '"
              + name
              + "' already: leave "
              + PLACES
              + " out to use it, or name another by --store");
    }
    return new Destination.New(name, place, new Hidden(""));
  }

  private String freeName() {
    var name = STORE;
    for (int number = 2; present.contains(name); number++) {
      name = STORE + "-" + number;
    }
    return name;
  }

  private Destination.Folder storeFolder(@Nullable String path, Source source) {
    var answer =
        dialogue.answer(
            path,
            new Question(
                "   Path of the folder; it is made if it is not there",
                "--to-folder",
                null,
                text -> StoreFolder.refusal(Path.of(text), source)));
    return new Destination.Folder(answer, StoreFolder.mountPoint(Path.of(answer)).orElse(null));
  }

  private Destination.Bucket bucket(@Nullable String text) {
    if (where.sessionToken().isPresent()) {
      throw new CommandFailed(
          Exit.USAGE,
          "AWS_SESSION_TOKEN is set: such access keys expire, and backups would end with them; take"
              + " keys of a user of their own, and unset it");
    }
    var named =
        dialogue.answer(
            text,
            new Question(
                "   Bucket, or BUCKET/FOLDER; it must be there",
                "--to-s3",
                null,
                name ->
                    name.matches("[a-zA-Z0-9][-a-zA-Z0-9._]{2,62}(/[^/]+)*")
                        ? Optional.empty()
                        : Optional.of("a name as S3 has them, such as shop-backups")));
    var endpoint =
        dialogue.answer(
            where.endpoint(),
            new Question(
                "   URL of the server, if it is not Amazon's",
                "--s3-endpoint",
                AMAZON,
                url ->
                    url.equals(AMAZON) || url.matches("https?://[^ ]+")
                        ? Optional.empty()
                        : Optional.of("a URL, such as https://s3.example.org")));
    var region =
        dialogue.answer(
            where.region(),
            new Question("   Region", "--s3-region", "us-east-1", any -> Optional.empty()));
    var accessKey =
        where.accessKey().orElseGet(() -> dialogue.askHidden("   Access key (not shown)"));
    var secretKey =
        where.secretKey().orElseGet(() -> dialogue.askHidden("   Secret key (not shown)"));
    if (accessKey.isEmpty() || secretKey.isEmpty()) {
      throw new CommandFailed(
          Exit.USAGE,
          "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: a bucket has no other way in");
    }
    var slash = named.indexOf('/');
    return new Destination.Bucket(
        slash < 0 ? named : named.substring(0, slash),
        slash < 0 ? null : named.substring(slash + 1),
        endpoint.equals(AMAZON) ? null : endpoint,
        region,
        accessKey,
        secretKey);
  }

  /** Asked last, since the answer is to be kept. */
  Destination.New encrypted(Destination.New made) {
    var password = where.password().orElseGet(this::askedPassword);
    if (!password.isEmpty()) {
      password
          .refusal()
          .ifPresent(
              refusal -> {
                throw new CommandFailed(Exit.USAGE, "--password-file: " + refusal);
              });
    }
    if (password.isEmpty()
        && made.place() instanceof Destination.Folder(var path, var _)
        && StoreFolder.isStore(Path.of(path))) {
      throw new CommandFailed(
          Exit.USAGE,
          path
              + " is a store already: give the password that it is encrypted with, by"
              + " --password-file or SALVOR_ENCRYPTION_PASSWORD");
    }
    return new Destination.New(
        made.store(), made.place(), password.isEmpty() ? Hidden.generate() : password);
  }

  private Hidden askedPassword() {
    while (true) {
      var first =
          dialogue.askHidden(
              "5. The password that all backups are encrypted with (not shown; Enter: one is"
                  + " made)");
      var refusal = first.isEmpty() ? Optional.<String>empty() : first.refusal();
      if (refusal.isPresent()) {
        dialogue.say("   " + refusal.get());
        continue;
      }
      if (first.isEmpty() || first.equals(dialogue.askHidden("   Once more"))) {
        return first;
      }
      dialogue.say("   These were two different answers.");
    }
  }
}
