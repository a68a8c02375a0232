package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.DurationText;
import dev.salvor.cli.source.Resources;
import dev.salvor.local.manifest.ResourceKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
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
      "  salvor restore shop-db --latest-verified --to-database shop --replace --dry-run --wait",
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

  @Option(names = "--sandbox", description = "Restore into a sandbox: prove it, keep nothing.")
  private boolean sandbox;

  @Option(names = "--undo", paramLabel = "REQUEST", description = "Take an earlier restore back.")
  private @Nullable String undo;

  @Option(names = "--replace", description = "The database exists and is to be replaced.")
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
    if (policy == null || sandbox == (database != null)) {
      throw new CommandFailed(
          Exit.USAGE, "name a POLICY, and either --to-database NAME or --sandbox");
    }
    var stored = resources.one("BackupPolicy", policy);
    var document = NewRequest.of("RestoreRequest", NewRequest.key(stored), "restore", now);
    var spec = document.withObject("/spec");
    point.write(spec.putObject("source"), policy);
    var target = spec.putObject("target");
    if (sandbox) {
      target.putObject("sandbox");
    } else {
      var postgres = target.putObject("postgres");
      postgres.set("connection", connection(stored));
      postgres.put("database", database);
    }
    return document;
  }

  /** Back to the database, the server and the policy of the restore that is undone. */
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
    return document;
  }

  private JsonNode connection(ObjectNode stored) {
    if (secret == null) {
      return stored.at("/spec/source/postgres/connection").deepCopy();
    }
    var connection = stored.objectNode();
    connection.putObject("secretRef").put("name", secret);
    return connection;
  }

  private Instant notAfter(Instant now) {
    if (notAfter.contains("T") || notAfter.contains("Z")) {
      return Instant.parse(notAfter);
    }
    Duration wait = DurationText.parse(notAfter);
    return now.plus(wait).truncatedTo(ChronoUnit.SECONDS);
  }
}
