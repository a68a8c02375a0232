package dev.salvor.cli.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.cli.CommandFailed;
import dev.salvor.local.manifest.ResourceKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterviewTest {
  private static final Wishes.What NOTHING =
      new Wishes.What(null, null, null, null, null, List.of(), List.of(), Optional.empty());
  private static final Wishes.Where NOWHERE =
      new Wishes.Where(
          null,
          null,
          null,
          null,
          null,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
  private static final DockerOffers STACK =
      new DockerOffers(
          List.of(new DockerOffers.Offer("db", new Source.Service("shop", "db", List.of()))), null);

  @TempDir private Path temporary;

  @Test
  void aServerByItsAddressIsAskedForAndWhatIsUsualCountsWhereNothingIsTyped() {
    var person =
        new Person(
            "2", "shop", "postgresql://shop@db:5432/shop", "hunter2", "1", folder(), "", "", "");

    var setup = hold(wishes(NOTHING, NOWHERE), person);

    assertThat(setup.source())
        .isEqualTo(
            new Source.Server(
                ServerAddress.parse("postgresql://shop@db:5432/shop"),
                new Hidden("hunter2"),
                List.of("shop")));
    assertThat(setup.name()).isEqualTo("shop-db");
    assertThat(setup.namespace()).isEqualTo("default");
    assertThat(setup.rhythm()).isEqualTo(Rhythm.of("daily"));
    assertThat(setup.keeping()).isEqualTo(Keeping.parse("14d 8w 12m"));
    var store = (Destination.New) setup.destination();
    assertThat(store.store()).isEqualTo("backups");
    assertThat(store.place())
        .isInstanceOfSatisfying(
            Destination.Folder.class, place -> assertThat(place.path()).isEqualTo(folder()));
    assertThat(store.password().value()).as("one is made").hasSizeGreaterThan(30);
    assertThat(person.isDone()).isTrue();
  }

  @Test
  void whatDockerHasIsOffered() {
    var setup = hold(wishes(NOTHING, NOWHERE), new Person("1", "1", folder(), "hourly", "", ""));

    assertThat(setup.source()).isEqualTo(new Source.Service("shop", "db", List.of()));
    assertThat(setup.name()).isEqualTo("shop-db");
    assertThat(setup.keeping().counts())
        .as("of an hourly schedule")
        .containsEntry("keepHourly", 48);
  }

  @Test
  void aPasswordOfOnesOwnIsTypedTwice() {
    var person = new Person("1", "1", folder(), "", "", "one", "other", "mine", "mine");

    var setup = hold(wishes(NOTHING, NOWHERE), person);

    assertThat(((Destination.New) setup.destination()).password()).isEqualTo(new Hidden("mine"));
    assertThat(person.heard).contains("   These were two different answers.");
  }

  @Test
  void aStoreThatIsThereIsOfferedAndHasItsPasswordAlready() {
    var person = new Person("1", "1", "", "");

    var setup = hold(wishes(NOTHING, NOWHERE), person, new ResourceKey("BackupStore", "shop", "o"));

    assertThat(setup.destination()).isEqualTo(new Destination.Present("o"));
    assertThat(setup.namespace()).as("that of the store").isEqualTo("shop");
    assertThat(person.isDone()).isTrue();
  }

  @Test
  void whereNobodyIsTheOnlyStoreIsTaken() {
    var setup =
        hold(
            wishes(what("/usr"), NOWHERE),
            Dialogue.NOBODY,
            new ResourceKey("BackupStore", "shop", "offsite"));

    assertThat(setup.destination()).isEqualTo(new Destination.Present("offsite"));
  }

  @Test
  void whereNobodyIsTheOptionsThatAreMissingAreNamed() {
    assertThatThrownBy(() -> hold(wishes(NOTHING, NOWHERE), Dialogue.NOBODY))
        .isInstanceOf(CommandFailed.class)
        .hasMessageContaining("--postgres");
    assertThatThrownBy(() -> hold(wishes(what("/usr"), NOWHERE), Dialogue.NOBODY))
        .isInstanceOf(CommandFailed.class)
        .hasMessageContaining("--to-folder or --to-s3");
  }

  @Test
  void whatDockerHasIsNotLookedForWhereNobodyIsAsked() {
    var interview =
        new Interview(
            wishes(what("/usr"), where(folder(), null, null)),
            Dialogue.NOBODY,
            () -> {
              throw new AssertionError("Docker was asked");
            },
            List.of());

    assertThat(interview.hold("UTC", Instant.EPOCH).name()).isEqualTo("usr-files");
  }

  @Test
  void ofSeveralStoresNobodyChoosesForAPerson() {
    var stores =
        new ResourceKey[] {
          new ResourceKey("BackupStore", "shop", "one"),
          new ResourceKey("BackupStore", "shop", "two")
        };

    assertThatThrownBy(() -> hold(wishes(what("/usr"), NOWHERE), Dialogue.NOBODY, stores))
        .hasMessageContaining("--store");
    assertThat(
            hold(wishes(what("/usr"), where(null, null, "two")), Dialogue.NOBODY, stores)
                .destination())
        .isEqualTo(new Destination.Present("two"));
  }

  @Test
  void aNewStoreNeverTakesTheNameOfOneThatIsThere() {
    var store = new ResourceKey("BackupStore", "default", "backups");

    assertThat(
            hold(wishes(what("/usr"), where(folder(), null, null)), Dialogue.NOBODY, store)
                .destination()
                .store())
        .isEqualTo("backups-2");
    assertThatThrownBy(
            () ->
                hold(
                    wishes(what("/usr"), where(folder(), null, "backups")), Dialogue.NOBODY, store))
        .hasMessageContaining("already");
  }

  /** So that a disk that is not there is no empty folder on that of the system. */
  @Test
  void theDiskThatAStoreIsOnIsNamed() throws Exception {
    var memory = Files.createTempDirectory(Path.of("/dev/shm"), "salvor-test");
    var link = Files.createSymbolicLink(temporary.resolve("disk"), Path.of("/dev/shm"));
    try {
      assertThat(StoreFolder.mountPoint(memory.resolve("backups"))).contains("/dev/shm");
      assertThat(StoreFolder.mountPoint(link.resolve("backups"))).contains(link.toString());
      assertThat(StoreFolder.mountPoint(Path.of("/usr/backups"))).isEmpty();
    } finally {
      Files.delete(link);
      Files.delete(memory);
    }
  }

  @Test
  void aFolderThatCannotBeAStoreIsRefused() throws Exception {
    var other = Files.createDirectory(temporary.resolve("other"));
    Files.writeString(other.resolve("file"), "x");
    var source = Files.createDirectory(temporary.resolve("source")).toString();

    assertThat(refusal(source, other.toString())).contains("holds other files");
    assertThat(refusal(source, source + "/store")).contains("that is to be protected");
    assertThat(refusal(source, temporary + "/not/mounted")).contains("is it mounted?");
    assertThat(refusal(source, "relative")).contains("absolute");
  }

  @Test
  void aStoreThatIsMadeAlreadyNeedsItsPassword() throws Exception {
    var store = Files.createDirectory(temporary.resolve("store"));
    Files.writeString(store.resolve("salvor-store.json"), "{}");

    assertThat(refusal("/usr", store.toString())).contains("is a store already");
  }

  @Test
  void aBucketMayHaveAFolder() {
    var setup =
        hold(
            wishes(
                what("/usr"),
                new Wishes.Where(
                    null,
                    "shop-backups/prod/a",
                    "https://s3.example.org",
                    null,
                    null,
                    Optional.of(new Hidden("id")),
                    Optional.of(new Hidden("secret")),
                    Optional.empty(),
                    Optional.of(new Hidden("mine")))),
            Dialogue.NOBODY);

    assertThat(setup.destination())
        .isEqualTo(
            new Destination.New(
                "backups",
                new Destination.Bucket(
                    "shop-backups",
                    "prod/a",
                    "https://s3.example.org",
                    "us-east-1",
                    new Hidden("id"),
                    new Hidden("secret")),
                new Hidden("mine")));
  }

  @Test
  void aBucketWithoutKeysIsRefused() {
    assertThatThrownBy(
            () -> hold(wishes(what("/usr"), where(null, "shop-backups", null)), Dialogue.NOBODY))
        .hasMessageContaining("AWS_ACCESS_KEY_ID");
  }

  /** They expire, and the keys alone do not work. */
  @Test
  void keysThatExpireAreRefused() {
    var where =
        new Wishes.Where(
            null,
            "shop-backups",
            null,
            null,
            null,
            Optional.of(new Hidden("id")),
            Optional.of(new Hidden("secret")),
            Optional.of(new Hidden("token")),
            Optional.empty());

    assertThatThrownBy(() -> hold(wishes(what("/usr"), where), Dialogue.NOBODY))
        .hasMessageContaining("AWS_SESSION_TOKEN");
  }

  @Test
  void whatDoesNotApplyIsRefusedAndNotPassedOver() {
    var databases =
        new Wishes.What(
            null, null, null, null, "/usr", List.of(), List.of("shop"), Optional.empty());
    var region =
        new Wishes.Where(
            folder(),
            null,
            null,
            "eu-central-1",
            null,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    assertThatThrownBy(() -> hold(wishes(databases, where(folder(), null, null)), Dialogue.NOBODY))
        .hasMessageContaining("--database");
    assertThatThrownBy(() -> hold(wishes(what("/usr"), region), Dialogue.NOBODY))
        .hasMessageContaining("--s3-region");
  }

  @Test
  void aLinkIntoWhatIsProtectedIsNoPlaceForAStore() throws Exception {
    var source = Files.createDirectory(temporary.resolve("source"));
    var link = Files.createSymbolicLink(temporary.resolve("link"), source);

    assertThat(refusal(source.toString(), link + "/store")).contains("that is to be protected");
    assertThat(refusal(link.toString(), source + "/store")).contains("that is to be protected");
  }

  @Test
  void aPasswordThatCannotBeTypedIsAskedForAgain() {
    var person = new Person("1", "1", folder(), "", "", " blank", "mine", "mine");

    var setup = hold(wishes(NOTHING, NOWHERE), person);

    assertThat(((Destination.New) setup.destination()).password()).isEqualTo(new Hidden("mine"));
    assertThat(person.isDone()).isTrue();
  }

  private String refusal(String source, String store) {
    try {
      hold(wishes(what(source), where(store, null, null)), Dialogue.NOBODY);
      return "";
    } catch (CommandFailed refused) {
      return String.valueOf(refused.getMessage());
    }
  }

  private String folder() {
    return temporary.resolve("store").toString();
  }

  private static Setup hold(Wishes wishes, Dialogue dialogue, ResourceKey... stores) {
    return new Interview(wishes, dialogue, () -> STACK, List.of(stores))
        .hold("UTC", Instant.parse("2026-11-27T12:00:00Z"));
  }

  private static Wishes wishes(Wishes.What what, Wishes.Where where) {
    return new Wishes(null, null, what, where, null, null);
  }

  private static Wishes.What what(String folder) {
    return new Wishes.What(null, null, null, null, folder, List.of(), List.of(), Optional.empty());
  }

  private static Wishes.Where where(
      @Nullable String folder, @Nullable String bucket, @Nullable String store) {
    return new Wishes.Where(
        folder,
        bucket,
        null,
        null,
        store,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Somebody who types these lines, one after the other. */
  private static final class Person implements Dialogue {
    private final Deque<String> lines;
    private final List<String> heard = new ArrayList<>();

    Person(String... lines) {
      this.lines = new ArrayDeque<>(List.of(lines));
    }

    boolean isDone() {
      return lines.isEmpty();
    }

    @Override
    public String ask(Question question) {
      while (true) {
        var typed = lines.pop();
        var usual = question.usual();
        var answer = typed.isEmpty() && usual != null ? usual : typed;
        var refusal = question.refusal().apply(answer);
        if (refusal.isEmpty()) {
          return answer;
        }
        heard.add(refusal.get());
      }
    }

    @Override
    public Hidden askHidden(String question) {
      return new Hidden(lines.pop());
    }

    @Override
    public int choose(String question, List<String> choices, String options) {
      return Integer.parseInt(lines.pop()) - 1;
    }

    @Override
    public boolean isHeld() {
      return true;
    }

    @Override
    public void say(String text) {
      heard.add(text);
    }
  }
}
