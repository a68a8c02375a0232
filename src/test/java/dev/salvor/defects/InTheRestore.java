package dev.salvor.defects;

import static dev.salvor.defects.PlantedDefect.backedUp;
import static dev.salvor.defects.PlantedDefect.fresh;

import dev.salvor.api.Initialize;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.Reason;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Green;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A restore must not guess, and must not touch what it may not (SAFETY 9 to 15; PAINS E). */
final class InTheRestore {
  private static final Harmless RIGHTS =
      new Harmless("the restored database's rights are those of the backed up one");
  private static final Harmless ROLES = new Harmless("the role keeps its password and attributes");

  private InTheRestore() {}

  static List<PlantedDefect> all() {
    var all = new ArrayList<>(inAll());
    all.addAll(KilledAtAStep.ofRestore());
    return all;
  }

  private static List<PlantedDefect> inAll() {
    return List.of(
        new PlantedDefect(
            "RestoreFromAnEmptyStore",
            "a restore is asked of an empty folder where new stores are allowed",
            new Failed(Reason.REPOSITORY_MISSING),
            backedUp(InTheRestore::emptyStore)),
        new PlantedDefect(
            "LostPackRestoredInPlace",
            "a pack is gone, and the point is to replace a database",
            new Failed(Reason.STORE_DAMAGED),
            backedUp(InTheRestore::lostPack)),
        new PlantedDefect(
            "HalfDumpRestoredInPlace",
            "the last bytes are missing, and the point is to replace a database",
            new Failed(Reason.CORRUPT_RECOVERY_POINT),
            fresh(
                scene -> {
                  scene.wrapPostgres("pg_dump", "\"$REAL\" \"$@\" | head -c -2000");
                  scene.require(scene.backup());
                  scene.unwrap();
                  return inPlace(scene, scene.newest());
                })),
        new PlantedDefect(
            "NoMatchingPoint",
            "a point that is not there, while others are",
            new Failed(Reason.NO_MATCHING_RECOVERY_POINT),
            backedUp(scene -> notMade(scene, "20250101t000000z-nosuch"))),
        new PlantedDefect(
            "TargetExists",
            "the target database exists, and nobody said that it may be replaced",
            new Failed(Reason.TARGET_EXISTS),
            backedUp(
                scene -> {
                  scene.wishes().existing = Task.Existing.REFUSE;
                  return overAnExistingOne(scene, scene.newest());
                })),
        new PlantedDefect(
            "ExpiredRequest",
            "a request that Git applies again after its notAfter",
            new Failed(Reason.EXPIRED),
            backedUp(
                scene -> {
                  scene.wishes().existing = Task.Existing.REPLACE;
                  scene.wishes().notAfter = Instant.now().minus(Duration.ofMinutes(1));
                  return overAnExistingOne(scene, scene.newest());
                })),
        new PlantedDefect(
            "SingleUnknownTable",
            "the only table to be restored is not in the dump",
            new Failed(Reason.INVALID_SPEC),
            backedUp(
                scene -> {
                  scene.wishes().select =
                      new PostgresSource.Selection(null, List.of("public.nosuch"));
                  return notMade(scene, scene.newest());
                })),
        new PlantedDefect(
            "UnknownSchema",
            "one of two schemas to be restored is not in the dump",
            new Failed(Reason.INVALID_SPEC),
            backedUp(
                scene -> {
                  scene.wishes().select =
                      new PostgresSource.Selection(List.of("sales", "nosuch"), null);
                  return notMade(scene, scene.newest());
                })),
        new PlantedDefect(
            "TableRestoredAlone",
            "one table is restored, and pg_restore -t would leave its keys and defaults behind",
            new Harmless("the table has its key, default, sequence, index and trigger"),
            backedUp(InTheRestore::tableAlone)),
        new PlantedDefect(
            "RevokeFromPublicLost",
            "CONNECT was revoked from PUBLIC, which a new database grants again",
            RIGHTS,
            fresh(InTheRestore::revokeFromPublic)),
        new PlantedDefect(
            "PasswordSetBack",
            "a role's password was changed after the backup, and globals hold the old one",
            ROLES,
            fresh(InTheRestore::passwordSetBack)),
        new PlantedDefect(
            "SourceServerGoneDuringRestore",
            "the side database is dropped by somebody while it is restored",
            new Failed(Reason.RESTORE_FAILED),
            backedUp(InTheRestore::sideDatabaseDropped)),
        new PlantedDefect(
            "WritersWhileSwitching",
            "an application is connected to the database that is replaced",
            new Harmless("it is cut off, the switch happens, the old database keeps its rows"),
            backedUp(InTheRestore::writers)));
  }

  /** Without a defect a restore brings everything back, or these defects would prove nothing. */
  static boolean works(Scene scene) {
    var restored = Shop.newName();
    scene.require(scene.restore(scene.newest(), restored));
    try {
      return isAsBackedUp(restored);
    } finally {
      Shop.drop(restored);
    }
  }

  private static Outcome emptyStore(Scene scene) throws IOException {
    scene.wishes().initialize = Initialize.IF_EMPTY;
    var point = scene.newest();
    InTheStore.empty(scene);
    return InTheStore.stillEmpty(scene, Outcome.of(scene.restore(point, Shop.newName())));
  }

  private static Outcome lostPack(Scene scene) {
    var point = scene.newest();
    FolderCopy.delete(InTheRepository.largestPack(scene));
    return inPlace(scene, point);
  }

  /** A restore that ends before it makes anything. */
  private static Outcome notMade(Scene scene, String point) {
    var name = Shop.newName();
    var outcome = Outcome.of(scene.restore(point, name));
    return exists(name) ? new Green("a database was made") : outcome;
  }

  /** Replaces a living database; whatever happens, that one must still be there. */
  static Outcome inPlace(Scene scene, String point) {
    scene.wishes().existing = Task.Existing.REPLACE;
    scene.wishes().notAfter = Instant.now().plus(Duration.ofHours(1));
    return overAnExistingOne(scene, point);
  }

  private static Outcome overAnExistingOne(Scene scene, String point) {
    var name = living();
    try {
      var outcome = Outcome.of(scene.restore(point, name));
      if (outcome instanceof Green) {
        return outcome;
      }
      return untouched(name) ? outcome : new Green("the living database was touched");
    } finally {
      dropAll(name);
    }
  }

  /** A database that lives on after the backup. */
  static String living() {
    var name = Shop.copy();
    Shop.server()
        .execute(name, "INSERT INTO public.customers VALUES (1000, 'came after the backup')");
    return name;
  }

  static boolean untouched(String name) {
    return exists(name)
        && count(name, "public.customers WHERE id = 1000").equals("1")
        && count("postgres", "pg_database WHERE datname LIKE '" + name + "\\_\\_%'").equals("0");
  }

  /** Where the database that was living is now: in its place, or kept under another name. */
  static Optional<String> oldDatabase(String name) {
    var names =
        Shop.server()
            .query(
                "postgres",
                "SELECT string_agg(datname, ',') FROM pg_database WHERE datname = '"
                    + name
                    + "' OR datname LIKE '"
                    + name
                    + "\\_\\_%'");
    return Stream.of(names.split(",", -1))
        .filter(each -> !each.equals("null"))
        .filter(InTheRestore::holdsWhatCameLater)
        .findFirst();
  }

  private static boolean holdsWhatCameLater(String database) {
    Shop.server().execute("postgres", "ALTER DATABASE " + database + " ALLOW_CONNECTIONS true");
    var table = Shop.server().query(database, "SELECT to_regclass('public.customers')");
    return !table.equals("null") && count(database, "public.customers WHERE id = 1000").equals("1");
  }

  static boolean isAsBackedUp(String name) {
    return count(name, "public.customers").equals("100")
        && count(name, "sales.orders").equals(String.valueOf(Shop.ORDERS));
  }

  static void dropAll(String name) {
    Shop.drop(name);
    var others =
        Shop.server()
            .query(
                "postgres",
                "SELECT string_agg(datname, ',') FROM pg_database WHERE datname LIKE '"
                    + name
                    + "\\_\\_%'");
    if (!others.equals("null")) {
      List.of(others.split(",", -1)).forEach(Shop::drop);
    }
  }

  static boolean exists(String name) {
    return count("postgres", "pg_database WHERE datname = '" + name + "'").equals("1");
  }

  private static String count(String database, String from) {
    return Shop.server().query(database, "SELECT count(*) FROM " + from);
  }

  private static Outcome tableAlone(Scene scene) {
    scene.wishes().select = new PostgresSource.Selection(null, List.of("public.customers"));
    var name = Shop.newName();
    var report = scene.restore(scene.newest(), name);
    if (report.failure() != null) {
      return Outcome.of(report);
    }
    try {
      var whole =
          count(name, "public.customers").equals("100")
              && count(
                      name,
                      "pg_constraint WHERE conrelid = 'public.customers'::regclass"
                          + " AND contype IN ('p', 'u')")
                  .equals("2");
      return whole
          ? new Harmless("the table has its key, default, sequence, index and trigger")
          : new Green("a table without its keys");
    } finally {
      Shop.drop(name);
    }
  }

  private static Outcome revokeFromPublic(Scene scene) {
    Shop.server()
        .execute("postgres", "REVOKE ALL ON DATABASE " + scene.database() + " FROM PUBLIC");
    scene.require(scene.backup());
    var point = scene.newest();
    scene.wishes().existing = Task.Existing.REPLACE;
    scene.wishes().notAfter = Instant.now().plus(Duration.ofHours(1));
    try {
      scene.require(scene.restore(point, scene.database()));
      var open =
          Shop.server()
              .query(
                  "postgres",
                  "SELECT has_database_privilege('"
                      + Shop.READER
                      + "', '"
                      + scene.database()
                      + "', 'CONNECT')");
      return open.equals("f") ? RIGHTS : new Green("everybody may connect to the restored one");
    } finally {
      dropAll(scene.database());
    }
  }

  private static Outcome passwordSetBack(Scene scene) {
    var role = "owner_of_" + scene.database();
    Shop.server().execute("postgres", "CREATE ROLE " + role + " LOGIN PASSWORD 'the old one'");
    scene.sql("ALTER TABLE public.harbours OWNER TO " + role);
    scene.require(scene.backup());
    Shop.server()
        .execute("postgres", "ALTER ROLE " + role + " PASSWORD 'the new one' CONNECTION LIMIT 3");
    var before = attributes(role);
    var name = Shop.newName();
    try {
      scene.require(scene.restore(scene.newest(), name));
      return attributes(role).equals(before) ? ROLES : new Green("the role was altered");
    } finally {
      Shop.drop(name);
      scene.sql("DROP TABLE public.harbours");
      Shop.server().execute("postgres", "DROP ROLE " + role);
    }
  }

  private static String attributes(String role) {
    return Shop.server()
        .query("postgres", "SELECT a::text FROM pg_authid a WHERE rolname = '" + role + "'");
  }

  private static Outcome sideDatabaseDropped(Scene scene) {
    scene.wishes().existing = Task.Existing.REPLACE;
    scene.wishes().notAfter = Instant.now().plus(Duration.ofHours(1));
    var name = living();
    try {
      var report =
          scene.run(scene.restoreTask(scene.newest(), name), Step.COMPARE, () -> dropSide(name));
      var outcome = Outcome.of(report);
      return outcome instanceof Green || untouched(name)
          ? outcome
          : new Green("the living database was touched");
    } finally {
      dropAll(name);
    }
  }

  private static void dropSide(String name) {
    var side =
        Shop.server()
            .query(
                "postgres",
                "SELECT datname FROM pg_database WHERE datname LIKE '" + name + "\\_\\_%'");
    Shop.drop(side);
  }

  private static Outcome writers(Scene scene) throws SQLException {
    var name = living();
    scene.wishes().existing = Task.Existing.REPLACE;
    scene.wishes().notAfter = Instant.now().plus(Duration.ofHours(1));
    try (var application = Shop.server().connect(name);
        var statement = application.createStatement()) {
      statement.execute("SELECT 1");
      var report = scene.restore(scene.newest(), name);
      if (report.failure() != null) {
        return Outcome.of(report);
      }
      var kept =
          Shop.server()
              .query(
                  "postgres",
                  "SELECT datname FROM pg_database WHERE datname LIKE '" + name + "\\_\\_%'");
      Shop.server().execute("postgres", "ALTER DATABASE " + kept + " ALLOW_CONNECTIONS true");
      return count(name, "public.customers WHERE id = 1000").equals("0")
              && count(kept, "public.customers WHERE id = 1000").equals("1")
          ? new Harmless("it is cut off, the switch happens, the old database keeps its rows")
          : new Green("the old database or its rows are lost");
    } finally {
      dropAll(name);
    }
  }
}
