package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.DurationText;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseTarget;
import dev.salvor.cli.source.Resources;
import dev.salvor.local.manifest.ResourceKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks for a restore. */
@Command(
    name = "restore",
    description = {
      "Restores a recovery point: writes a RestoreRequest, shows it and hands it to the host.",
      "An existing database is only touched with --replace, and is kept until its time is over."
    },
    footer = {
      "",
      "Examples:",
      "  salvor restore shop-db --to-database shop_copy --wait",
      "  salvor restore shop-db --to-database orders_before --table public.orders --wait",
      "  salvor restore shop-db --latest-verified --to-database shop --replace --dry-run --wait",
      "  salvor restore uploads --to-claim uploads-restored --create-claim --wait",
      "  salvor restore project --to-supabase --replace --dry-run --wait",
      "  salvor restore hosted --to-supabase --to-project zyxwvutsrqponmlkjihg --to-secret new-db",
      "  salvor restore --undo shop-db-restore-20261122-180000-1a2b --wait"
    })
final class RestoreCommand extends Described {
  @Mixin private SourceOptions source;
  @Mixin private RequestOptions request;
  @Mixin private PointOptions point;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "POLICY",
      description = "Name of the BackupPolicy; not with --undo.")
  private @Nullable String policy;

  @Option(names = "--to-database", paramLabel = "NAME", description = "Database to restore to.")
  private @Nullable String database;

  @Option(
      names = "--to-secret",
      paramLabel = "SECRET",
      description = "Secret with the target server's connection; else the policy's own server.")
  private @Nullable String secret;

  @Option(names = "--to-folder", paramLabel = "PATH", description = "Folder to restore to.")
  private @Nullable String folder;

  @Option(
      names = "--to-claim",
      paramLabel = "NAME",
      description = "PersistentVolumeClaim to restore to, in a cluster; no pod may use it.")
  private @Nullable String toClaim;

  @Option(names = "--create-claim", description = "With --to-claim: make it if it is not there.")
  private boolean createClaim;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      description = "With --create-claim: its size, such as 10Gi; else that of the source's claim.")
  private @Nullable String size;

  @Option(
      names = "--storage-class",
      paramLabel = "NAME",
      description = "With --create-claim: its storage class; else that of the source's claim.")
  private @Nullable String storageClass;

  @Option(
      names = "--volume-mode",
      paramLabel = "Filesystem|Block",
      description = "With --create-claim: its volume mode; else that of the source's claim.")
  private @Nullable String volumeMode;

  @Option(
      names = "--run-as",
      paramLabel = "USER",
      description =
          "With --to-claim: number of the user that writes, instead of root; its own all files are"
              + " then.")
  private @Nullable Long runAs;

  @Option(
      names = "--to-docker-volume",
      paramLabel = "NAME",
      description = "Volume of this machine's Docker to restore to; no container may use it.")
  private @Nullable String toDockerVolume;

  @Option(
      names = "--create-docker-volume",
      description = "With --to-docker-volume: make it if it is not there.")
  private boolean createDockerVolume;

  @Option(
      names = "--docker-volume",
      paramLabel = "NAME",
      description = "Which Docker volume of the recovery point, where it holds several.")
  private @Nullable String dockerVolume;

  @Option(
      names = "--files",
      paramLabel = "NAME",
      description =
          "Which files of a Supabase project's recovery point: storage, key, or a name of the"
              + " policy's files.")
  private @Nullable String files;

  @Option(
      names = "--to-supabase",
      description =
          "The whole of a Supabase project, to where its policy has it from; needs --replace where"
              + " anything is there. For other places write the request by hand.")
  private boolean toSupabase;

  @Option(
      names = "--to-project",
      paramLabel = "PROJECT",
      description =
          "With --to-supabase: a new project that Supabase hosts, by its 20 letters, instead; with"
              + " --to-secret for its database and --to-storage-secret for its objects. Its"
              + " functions and configuration by the policy's own token.")
  private @Nullable String toProject;

  @Option(
      names = "--to-storage-secret",
      paramLabel = "NAME",
      description =
          "With --to-project: Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the pair of"
              + " keys that the new project's settings of Storage made.")
  private @Nullable String storageSecret;

  @Option(
      names = "--to-storage-region",
      paramLabel = "REGION",
      description =
          "With --to-storage-secret: the region that those settings show (default: the policy's).")
  private @Nullable String storageRegion;

  @Option(
      names = "--to-configuration",
      paramLabel = "PATH",
      description = "With --to-supabase: an empty folder for its .env and Compose files.")
  private @Nullable String toConfiguration;

  @Option(
      names = "--part",
      paramLabel = "NAME",
      description =
          "With --to-supabase: only this part (database, storage, configuration, functions of a"
              + " hosted project, or a name of the policy's files); may be repeated.")
  private List<String> parts = List.of();

  @Option(
      names = "--claim",
      paramLabel = "NAME",
      description = "Which claim of the recovery point, where it holds several.")
  private @Nullable String claim;

  @Option(
      names = "--path",
      paramLabel = "PATH",
      description =
          "Of a volume, only this path below its root; with --to-supabase --part storage, only"
              + " these objects, by bucket and name (avatars, docs/2026), which are added to what"
              + " is in the bucket of S3; may be repeated.")
  private List<String> paths = List.of();

  @Option(
      names = "--table",
      paramLabel = "SCHEMA.TABLE",
      description = "With --to-database: only this table and what it depends on; may be repeated.")
  private List<String> tables = List.of();

  @Option(
      names = "--schema",
      paramLabel = "NAME",
      description =
          "With --to-database: only what this schema holds and depends on; may be repeated.")
  private List<String> schemas = List.of();

  @Option(
      names = "--mirror",
      description = "With --replace of files: remove what the recovery point does not hold.")
  private boolean mirror;

  @Option(
      names = "--scale-to-zero",
      description =
          "With --to-claim or --to-supabase: scale what uses the claims to zero meanwhile, and back"
              + " afterwards.")
  private boolean scaleToZero;

  @Option(
      names = "--service",
      paramLabel = "NAME",
      description =
          "With --to-supabase: what is connected to the database, and is scaled to zero or stopped"
              + " meanwhile too: Deployment/NAME or StatefulSet/NAME, of Docker the service or"
              + " container; may be repeated.")
  private List<String> services = List.of();

  @Option(
      names = "--stop-consumers",
      description =
          "With --to-docker-volume or --to-supabase: stop the containers that use the volumes and"
              + " folders meanwhile, and start them again afterwards.")
  private boolean stopConsumers;

  @Option(names = "--sandbox", description = "Restore into a sandbox: prove it, keep nothing.")
  private boolean sandbox;

  @Option(names = "--undo", paramLabel = "REQUEST", description = "Take an earlier restore back.")
  private @Nullable String undo;

  @Option(names = "--replace", description = "The target exists and is to be replaced.")
  private boolean replace;

  @Option(
      names = "--not-after",
      paramLabel = "TIME|DURATION",
      defaultValue = "1h",
      description =
          "With --replace: after this nothing is touched any more (default: 1h from now).")
  private String notAfter;

  @Option(names = "--dry-run", description = "Stop at the plan.")
  private boolean dryRun;

  @Option(
      names = "--strategy",
      paramLabel = "Rename|Recreate",
      description = "How an existing database is replaced.")
  private @Nullable String strategy;

  @Option(
      names = "--roles",
      paramLabel = "Missing|All|None",
      description = "Which roles are made on the target server.")
  private @Nullable String roles;

  @Option(
      names = "--acknowledge",
      paramLabel = "TOKEN",
      description = "A token of an earlier message that you accept; may be repeated.")
  private List<String> acknowledge = List.of();

  @Override
  public Integer call() {
    try (var resources = source.open()) {
      return request.submit(document(resources, Instant.now()), resources, out(), err());
    }
  }

  private ObjectNode document(Resources resources, Instant now) {
    var document = undo == null ? restore(resources, now) : takeBack(resources, undo, now);
    var spec = document.withObject("/spec");
    if (strategy != null) {
      spec.put("strategy", strategy);
    }
    if (roles != null) {
      spec.put("roles", roles);
    }
    if (replace || undo != null) {
      spec.put("replace", true);
      spec.put("notAfter", notAfter(now).toString());
    }
    if (dryRun) {
      spec.put("dryRun", true);
    }
    if (!acknowledge.isEmpty()) {
      var tokens = spec.putArray("acknowledge");
      acknowledge.forEach(tokens::add);
    }
    return document;
  }

  private ObjectNode restore(Resources resources, Instant now) {
    var named = policyOfOneTarget();
    var stored = resources.one("BackupPolicy", named);
    var document = NewRequest.of("RestoreRequest", NewRequest.key(stored), "restore", now);
    var spec = document.withObject("/spec");
    point.write(spec.putObject("source"), named);
    var target = spec.putObject("target");
    if (sandbox) {
      target.putObject("sandbox");
    } else if (toSupabase) {
      supabase(spec, target.putObject("supabase"), stored);
    } else if (folder != null || toClaim != null) {
      volume(spec, target.putObject("volume"));
    } else if (toDockerVolume != null) {
      dockerVolume(spec, target.putObject("dockerVolume"), toDockerVolume);
    } else {
      var postgres = target.putObject("postgres");
      postgres.set("connection", connection(stored));
      postgres.put("database", database);
      select(spec, "tables", tables);
      select(spec, "schemas", schemas);
    }
    return document;
  }

  /** The policy, where no option contradicts another. */
  private String policyOfOneTarget() {
    var targets =
        Stream.of(
                sandbox,
                database != null,
                folder != null,
                toClaim != null,
                toDockerVolume != null,
                toSupabase)
            .filter(set -> set)
            .count();
    if (policy == null || targets != 1) {
      throw new CommandFailed(
          Exit.USAGE,
          "name a POLICY, and one of --to-database NAME, --to-folder PATH, --to-claim NAME,"
              + " --to-docker-volume NAME, --to-supabase or --sandbox");
    }
    var toFiles = folder != null || toClaim != null || toDockerVolume != null;
    if (!toFiles && (mirror || dockerVolume != null || files != null)) {
      throw new CommandFailed(
          Exit.USAGE,
          "--mirror, --files and --docker-volume go with --to-folder, --to-claim or"
              + " --to-docker-volume");
    }
    if (!toFiles && !paths.isEmpty() && !parts.equals(List.of(SupabaseSource.STORAGE))) {
      throw new CommandFailed(
          Exit.USAGE,
          "--path goes with --to-folder, --to-claim, --to-docker-volume, or --to-supabase --part"
              + " storage");
    }
    if (!toSupabase
        && (!parts.isEmpty()
            || toConfiguration != null
            || toProject != null
            || !services.isEmpty())) {
      throw new CommandFailed(
          Exit.USAGE,
          "--part, --service, --to-project and --to-configuration go with --to-supabase");
    }
    if (toProject != null && (scaleToZero || stopConsumers || !services.isEmpty())) {
      throw new CommandFailed(
          Exit.USAGE,
          "nothing of a hosted project is scaled or stopped: --scale-to-zero, --stop-consumers and"
              + " --service do not go with --to-project");
    }
    if ((storageSecret != null && toProject == null)
        || (storageRegion != null && storageSecret == null)) {
      throw new CommandFailed(
          Exit.USAGE,
          "--to-storage-secret goes with --to-project, and --to-storage-region with"
              + " --to-storage-secret");
    }
    if (toProject != null && (replace || toConfiguration != null)) {
      throw new CommandFailed(
          Exit.USAGE,
          "nothing in a hosted project is replaced, and its configuration is no folder: --replace"
              + " and --to-configuration do not go with --to-project");
    }
    if (database == null && (!tables.isEmpty() || !schemas.isEmpty())) {
      throw new CommandFailed(Exit.USAGE, "--table and --schema go with --to-database");
    }
    if (claim != null && folder == null && toClaim == null) {
      throw new CommandFailed(Exit.USAGE, "--claim goes with --to-folder or --to-claim");
    }
    if (createDockerVolume && toDockerVolume == null) {
      throw new CommandFailed(Exit.USAGE, "--create-docker-volume goes with --to-docker-volume");
    }
    if (stopConsumers && toDockerVolume == null && !toSupabase) {
      throw new CommandFailed(
          Exit.USAGE, "--stop-consumers goes with --to-docker-volume or --to-supabase");
    }
    if (mirror && !replace) {
      throw new CommandFailed(Exit.USAGE, "--mirror goes with --replace");
    }
    if (toClaim == null && (createClaim || runAs != null)) {
      throw new CommandFailed(Exit.USAGE, "--create-claim and --run-as go with --to-claim");
    }
    if (toClaim == null && !toSupabase && scaleToZero) {
      throw new CommandFailed(Exit.USAGE, "--scale-to-zero goes with --to-claim or --to-supabase");
    }
    if (!createClaim && (storageClass != null || size != null || volumeMode != null)) {
      throw new CommandFailed(
          Exit.USAGE, "--size, --storage-class and --volume-mode go with --create-claim");
    }
    return policy;
  }

  private void volume(ObjectNode spec, ObjectNode volume) {
    if (folder != null) {
      volume.put("path", folder);
    } else {
      volume.put("claim", toClaim);
    }
    volume.put("mode", mirror ? "Mirror" : "Merge");
    if (scaleToZero) {
      volume.put("scaleToZero", true);
    }
    if (runAs != null) {
      volume.putObject("runAs").put("user", runAs);
    }
    if (createClaim) {
      var create = volume.putObject("create");
      if (size != null) {
        create.put("size", size);
      }
      if (storageClass != null) {
        create.put("storageClassName", storageClass);
      }
      if (volumeMode != null) {
        create.put("volumeMode", volumeMode);
      }
    }
    if (claim != null) {
      spec.withObject("/source").put("claim", claim);
    }
    select(spec);
  }

  private void dockerVolume(ObjectNode spec, ObjectNode volume, String name) {
    volume.put("name", name);
    volume.put("mode", mirror ? "Mirror" : "Merge");
    if (createDockerVolume) {
      volume.put("create", true);
    }
    if (stopConsumers) {
      volume.put("stopConsumers", true);
    }
    select(spec);
  }

  /** To the places of the policy; its configuration only where somebody says where to. */
  private void supabase(ObjectNode spec, ObjectNode supabase, ObjectNode stored) {
    if (toProject != null) {
      hosted(supabase.putObject("hosted"), stored, toProject);
      select(spec, "parts", parts);
      return;
    }
    if (isHosted(stored)) {
      throw new CommandFailed(
          Exit.USAGE,
          "BackupPolicy '"
              + policy
              + "' keeps a hosted project, and nothing in it is replaced: make a new project at"
              + " Supabase and name it by --to-project");
    }
    var source = project(stored);
    if (source.isMissingNode()) {
      throw new CommandFailed(
          Exit.USAGE, "BackupPolicy '" + policy + "' keeps no Supabase project: use another --to");
    }
    var project = supabase.putObject("selfHosted");
    project.putObject("database").set("connection", connection(stored));
    for (var place : List.of("storage", "key")) {
      if (source.at("/" + place).has("place")) {
        project.putObject(place).set("place", source.at("/" + place + "/place").deepCopy());
      }
    }
    if (source.at("/storage").has("s3")) {
      bucket(project.putObject("storage"), source.at("/storage"));
    }
    if (source.has("files")) {
      project.set("files", source.get("files").deepCopy());
    }
    if (toConfiguration != null) {
      project.putObject("configuration").put("folder", toConfiguration);
    }
    if (scaleToZero) {
      project.put("scaleToZero", true);
    }
    if (stopConsumers) {
      project.put("stopConsumers", true);
    }
    if (!services.isEmpty()) {
      var named = project.putArray("services");
      services.forEach(named::add);
    }
    select(spec, "parts", parts);
    select(spec, "paths", paths);
  }

  /** As the policy has it; a target names its bucket also where it is called as usual. */
  private static void bucket(ObjectNode storage, JsonNode source) {
    storage.set("s3", source.get("s3").deepCopy());
    storage.put("bucket", source.path("bucket").asText("stub"));
    for (var field : List.of("tenant", "versions")) {
      if (source.has(field)) {
        storage.set(field, source.get(field).deepCopy());
      }
    }
  }

  /** To a new project: its server by a Secret, its API as the policy asks for its own. */
  private void hosted(ObjectNode hosted, ObjectNode stored, String project) {
    hosted.put("project", project);
    if (parts.isEmpty() || parts.contains(SupabaseTarget.DATABASE)) {
      if (secret == null) {
        throw new CommandFailed(
            Exit.USAGE,
            "name a Secret with the connection of the new project's database by --to-secret, or the"
                + " other parts by --part");
      }
      var connection = stored.objectNode();
      connection.putObject("secretRef").put("name", secret);
      hosted.putObject("database").set("connection", connection);
    }
    var management = stored.at("/spec/source/supabase/hosted/management");
    if (!management.isMissingNode()) {
      hosted.set("management", management.deepCopy());
    }
    storage(hosted, stored.at("/spec/source/supabase/hosted/storage"));
  }

  /** By keys of the new project; an endpoint of the policy's is that of the old one. */
  private void storage(ObjectNode hosted, JsonNode source) {
    if (storageSecret == null) {
      if (parts.contains(SupabaseSource.STORAGE) || (parts.isEmpty() && !source.isMissingNode())) {
        throw new CommandFailed(
            Exit.USAGE,
            "name a Secret with keys to the new project's Storage by --to-storage-secret, or the"
                + " other parts by --part");
      }
      return;
    }
    var region = storageRegion == null ? source.path("region").asText() : storageRegion;
    if (region.isEmpty()) {
      throw new CommandFailed(
          Exit.USAGE, "name the region of the new project's Storage by --to-storage-region");
    }
    var storage = hosted.putObject("storage");
    storage.put("region", region);
    storage.putObject("credentials").putObject("secretRef").put("name", storageSecret);
  }

  /** Spelled out, also where the policy only points at it: as it was last found. */
  private JsonNode project(ObjectNode stored) {
    var written = stored.at("/spec/source/supabase/selfHosted");
    var pointer =
        Stream.of("composeProject", "helmRelease", "project").filter(written::has).findFirst();
    if (pointer.isEmpty()) {
      return written;
    }
    var found = stored.at("/status/source/selfHosted");
    if (found.isMissingNode()) {
      throw new CommandFailed(
          Exit.USAGE,
          "BackupPolicy '"
              + policy
              + "' has not found its "
              + switch (pointer.get()) {
                case "composeProject" -> "Compose project";
                case "helmRelease" -> "Helm release";
                default -> "Project";
              }
              + " yet, so that nobody knows where its parts are:"
              + " write the request by hand, or name another target");
    }
    return found;
  }

  /** What of the recovery point. */
  private void select(ObjectNode spec) {
    if (dockerVolume != null) {
      spec.withObject("/source").put("dockerVolume", dockerVolume);
    }
    if (files != null) {
      spec.withObject("/source").put("files", files);
    }
    select(spec, "paths", paths);
  }

  private static void select(ObjectNode spec, String what, List<String> names) {
    if (!names.isEmpty()) {
      var selected = spec.withObject("/select").putArray(what);
      names.forEach(selected::add);
    }
  }

  /** Back to the target and the policy of the restore that is undone. */
  private ObjectNode takeBack(Resources resources, String name, Instant now) {
    var earlier = resources.one("RestoreRequest", name);
    var policyName = earlier.at("/spec/source/policyRef/name").asText();
    var key = new ResourceKey("BackupPolicy", NewRequest.key(earlier).namespace(), policyName);
    var document = NewRequest.of("RestoreRequest", key, "undo", now);
    var spec = document.withObject("/spec");
    var from = spec.putObject("source");
    for (var field : List.of("policyRef", "repository")) {
      if (earlier.at("/spec/source").has(field)) {
        from.set(field, earlier.at("/spec/source").get(field).deepCopy());
      }
    }
    from.putObject("undo").putObject("restoreRef").put("name", name);
    spec.set("target", earlier.at("/spec/target").deepCopy());
    if (earlier.path("spec").has("strategy")) {
      // What could not be renamed then cannot be now.
      spec.set("strategy", earlier.at("/spec/strategy").deepCopy());
    }
    for (var files : List.of("volume", "dockerVolume")) {
      if (spec.at("/target").has(files)) {
        // What the restore added goes too.
        spec.withObject("/target/" + files).put("mode", "Mirror");
      }
    }
    return document;
  }

  private JsonNode connection(ObjectNode stored) {
    if (secret == null) {
      if (isHosted(stored)) {
        throw new CommandFailed(
            Exit.USAGE,
            "the role that a hosted project has cannot replace its database: name a server of your"
                + " own by --to-secret");
      }
      var project = project(stored).at("/database/connection");
      return project.isMissingNode()
          ? stored.at("/spec/source/postgres/connection").deepCopy()
          : project.deepCopy();
    }
    var connection = stored.objectNode();
    connection.putObject("secretRef").put("name", secret);
    return connection;
  }

  private static boolean isHosted(ObjectNode stored) {
    return stored.at("/spec/source/supabase").has("hosted");
  }

  private Instant notAfter(Instant now) {
    if (notAfter.contains("T") || notAfter.contains("Z")) {
      return Instant.parse(notAfter);
    }
    Duration wait = DurationText.parse(notAfter);
    return now.plus(wait).truncatedTo(ChronoUnit.SECONDS);
  }
}
