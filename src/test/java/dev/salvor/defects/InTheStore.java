package dev.salvor.defects;

import static dev.salvor.defects.PlantedDefect.backedUp;
import static dev.salvor.defects.PlantedDefect.fresh;

import dev.salvor.api.Initialize;
import dev.salvor.api.Reason;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Green;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.engine.objectstore.StoreMarker;
import dev.salvor.task.Credential;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The place is not the one that is meant, or does not let us (SAFETY 26, 34; PAINS A2, A3). */
final class InTheStore {
  private static final Harmless READABLE = new Harmless("it is restored all the same");

  private InTheStore() {}

  static List<PlantedDefect> all() {
    return List.of(
        new PlantedDefect(
            "MistypedBucket",
            "the store's path leads to an empty folder, and nobody allowed a new store",
            new Failed(Reason.STORE_NOT_INITIALIZED),
            backedUp(InTheStore::mistypedBucket)),
        new PlantedDefect(
            "UnmountedVolume",
            "a known store's folder is empty, and new stores are allowed",
            new Failed(Reason.STORE_UNKNOWN),
            backedUp(InTheStore::unmountedVolume)),
        new PlantedDefect(
            "OtherStoreInItsPlace",
            "the marker is that of another store",
            new Failed(Reason.STORE_UNKNOWN),
            backedUp(InTheStore::otherStore)),
        new PlantedDefect(
            "MarkerMissing",
            "the marker of a filled store is gone, and new stores are allowed",
            new Failed(Reason.STORE_UNKNOWN),
            backedUp(InTheStore::markerMissing)),
        new PlantedDefect(
            "RepositoryDeleted",
            "the store knows a repository that is not there",
            new Failed(Reason.REPOSITORY_MISSING),
            backedUp(InTheStore::repositoryDeleted)),
        new PlantedDefect(
            "RepositoryWithoutConfig",
            "the repository's config is gone, its data are there",
            new Failed(Reason.REPOSITORY_MISSING),
            backedUp(InTheStore::configDeleted)),
        new PlantedDefect(
            "OtherRepositoryInItsPlace",
            "another repository with the same password lies at the path",
            new Failed(Reason.REPOSITORY_MISSING),
            backedUp(InTheStore::otherRepository)),
        new PlantedDefect(
            "WrongPassword",
            "the Secret holds another password",
            new Failed(Reason.WRONG_PASSWORD),
            backedUp(InTheStore::wrongPassword)),
        new PlantedDefect(
            "WrongKey",
            "the key file is that of another repository with the same password",
            new Failed(Reason.STORE_DAMAGED),
            backedUp(InTheStore::wrongKey)),
        new PlantedDefect(
            "KeyDeleted",
            "the repository's only key file is gone",
            new Failed(Reason.WRONG_PASSWORD),
            backedUp(InTheStore::keyDeleted)),
        new PlantedDefect(
            "PasswordMissing",
            "the Secret lacks the key of the password",
            new Failed(Reason.CREDENTIALS_MISSING),
            backedUp(InTheStore::passwordMissing)),
        new PlantedDefect(
            "StoreReadOnly",
            "the store's volume is mounted read-only",
            new Failed(Reason.STORE_READ_ONLY),
            backedUp(scene -> readOnly(scene, scene.backupTask()))),
        new PlantedDefect(
            "RestoreFromAReadOnlyStore",
            "the store's volume is mounted read-only, and something has to be restored",
            READABLE,
            backedUp(
                scene -> {
                  var outcome = readOnly(scene, scene.fetchTask(scene.newest()));
                  return outcome instanceof Green ? READABLE : outcome;
                })),
        new PlantedDefect(
            "ProbeOfAReadOnlyStore",
            "the store's volume is mounted read-only and only probed",
            new Failed(Reason.STORE_READ_ONLY),
            backedUp(
                scene ->
                    readOnly(scene, new Task.ProbeStore(scene.header(), scene.storeTarget())))),
        new PlantedDefect(
            "StoreGoneMidWay",
            "the store's folder vanishes between opening it and the dump",
            new Failed(Reason.REPOSITORY_MISSING),
            fresh(InTheStore::goneMidWay)));
  }

  private static Outcome mistypedBucket(Scene scene) throws IOException {
    empty(scene);
    var outcome = Outcome.of(scene.backup());
    return stillEmpty(scene, outcome);
  }

  private static Outcome unmountedVolume(Scene scene) throws IOException {
    scene.wishes().expectedStoreId = "the-store";
    scene.wishes().initialize = Initialize.IF_EMPTY;
    empty(scene);
    return stillEmpty(scene, Outcome.of(scene.backup()));
  }

  private static Outcome otherStore(Scene scene) throws IOException {
    scene.wishes().expectedStoreId = "the-store";
    var marker = scene.store().resolve(StoreMarker.KEY);
    Files.writeString(marker, Files.readString(marker).replace("the-store", "another-store"));
    return Outcome.of(scene.backup());
  }

  private static Outcome markerMissing(Scene scene) throws IOException {
    scene.wishes().initialize = Initialize.IF_EMPTY;
    Files.delete(scene.store().resolve(StoreMarker.KEY));
    return Outcome.of(scene.backup());
  }

  private static Outcome repositoryDeleted(Scene scene) {
    scene.wishes().initialize = Initialize.IF_EMPTY;
    FolderCopy.delete(scene.repository());
    return Outcome.of(scene.backup());
  }

  private static Outcome configDeleted(Scene scene) throws IOException {
    scene.wishes().initialize = Initialize.IF_EMPTY;
    Files.delete(scene.repository().resolve("config"));
    return Outcome.of(scene.backup());
  }

  private static Outcome otherRepository(Scene scene) {
    FolderCopy.delete(scene.repository());
    new ResticByHand(scene).run("init");
    return Outcome.of(scene.backup());
  }

  private static Outcome wrongPassword(Scene scene) {
    scene.credential(Credential.STORE_PASSWORD, Credential.VALUE, "not the password");
    return Outcome.of(scene.backup());
  }

  private static Outcome wrongKey(Scene scene) throws IOException {
    var keys = scene.repository().resolve("keys");
    FolderCopy.files(keys).forEach(InTheStore::delete);
    var other = new ResticByHand(scene).at(scene.folder().resolve("other"));
    other.run("init");
    for (var key : FolderCopy.files(scene.folder().resolve("other/keys"))) {
      Files.copy(key, keys.resolve(key.getFileName().toString()));
    }
    return Outcome.of(scene.backup());
  }

  private static Outcome keyDeleted(Scene scene) {
    FolderCopy.files(scene.repository().resolve("keys")).forEach(InTheStore::delete);
    return Outcome.of(scene.backup());
  }

  private static Outcome passwordMissing(Scene scene) {
    FolderCopy.delete(scene.credentials().resolve(Credential.STORE_PASSWORD.folder()));
    return Outcome.of(scene.backup());
  }

  private static Outcome readOnly(Scene scene, Task task) {
    var mounts =
        "mount --bind $STORE $STORE && mount -o remount,bind,ro $STORE"
            .replace("$STORE", scene.store().toString());
    return Outcome.of(scene.runAfter(mounts, task));
  }

  private static Outcome goneMidWay(Scene scene) {
    var report = scene.run(scene.backupTask(), Step.DUMP, () -> FolderCopy.delete(scene.store()));
    return Outcome.of(report);
  }

  static void empty(Scene scene) {
    FolderCopy.delete(scene.store());
    Scene.made(scene.store());
  }

  static Outcome stillEmpty(Scene scene, Outcome outcome) throws IOException {
    try (var children = Files.list(scene.store())) {
      var made = children.toList();
      return made.isEmpty() ? outcome : new Green("a new store was made: " + made);
    }
  }

  private static void delete(Path file) {
    FolderCopy.delete(file);
  }
}
