package dev.salvor.plan.retention;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.salvor.api.Retention;
import dev.salvor.engine.process.Programs;
import dev.salvor.plan.retention.RetentionDecision.Withheld;
import dev.salvor.plan.retention.RetentionPlan.Activity;
import dev.salvor.plan.retention.RetentionPlan.Question;
import dev.salvor.plan.retention.StoredPoint.Standing;
import dev.salvor.task.Manifest.Origin;
import dev.salvor.task.Task.Forgetting;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.testing.TimeZoneFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What we keep against what {@code restic forget --dry-run} keeps, and the reasons word by word:
 * one repository for each time zone, its histories as hosts, one call for each rule.
 *
 * <p>restic counts hours, days and so on by the offset that a snapshot's time was written with, in
 * its own local time where that offset fits. Here snapshots are written and forgotten in one zone
 * ({@code TZ}), which is what {@code retention.timeZone} stands for.
 */
class RetentionMatchesResticIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PASSWORD = "forged";

  @TempDir private Path folder;

  /** Together 90 rules for 26 histories: 2,340 pairs. */
  @ParameterizedTest
  @CsvSource({"UTC, 40", "America/New_York, 25", "Europe/Berlin, 25"})
  void keepsTheSameForTheSameReasons(String zoneName, int rules)
      throws IOException, InterruptedException {
    var zone = ZoneId.of(zoneName);
    var random = new Random(zoneName.hashCode());
    var repository = ForgedRepository.create(folder.resolve("repository"), PASSWORD);
    var histories = histories(repository, zone, random);
    var zoneFile = TimeZoneFile.write(folder.resolve("zone"), zone);

    int pairs = 0;
    for (int nr = 0; nr < rules; nr++) {
      var rule = RandomRules.of(nr, zoneName, random);
      var restic = forget(repository.folder(), zoneFile, rule.arguments());
      assertThat(restic).containsOnlyKeys(histories.keySet());
      for (var history : histories.entrySet()) {
        assertThat(kept(history.getValue(), rule.retention()))
            .as("%s, %s, %s", zoneName, history.getKey(), rule.arguments())
            .isEqualTo(restic.get(history.getKey()));
        pairs++;
      }
    }
    assertThat(pairs).isEqualTo(rules * 26);
  }

  private static Map<String, List<StoredPoint>> histories(
      ForgedRepository repository, ZoneId zone, Random random) {
    var histories = new LinkedHashMap<String, List<StoredPoint>>();
    for (var history : RandomHistories.of(zone, random).entrySet()) {
      var points = new ArrayList<StoredPoint>();
      for (var time : history.getValue()) {
        var id = repository.snapshot(history.getKey(), time.atZone(zone).toOffsetDateTime());
        points.add(new StoredPoint(id, time, Standing.COMPLETE, null, Origin.SCHEDULE));
      }
      histories.put(history.getKey(), points);
    }
    return histories;
  }

  /** Ids with the reasons of rules, the newest first. */
  private static Map<String, List<String>> kept(List<StoredPoint> points, Retention retention) {
    var question =
        new Question(
            points,
            retention,
            Instant.now(),
            Duration.ofDays(1),
            Activity.QUIET,
            Forgetting.PREVIEW,
            List.of());
    var kept = new LinkedHashMap<String, List<String>>();
    for (var point : ((Withheld) RetentionPlan.decide(question)).kept()) {
      // What we keep beyond the rules, restic does not.
      if (!point.reasons().getFirst().startsWith("newest good point")) {
        kept.put(point.id(), point.reasons());
      }
    }
    return kept;
  }

  private Map<String, Map<String, List<String>>> forget(
      Path repository, Path zoneFile, List<String> rule) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Programs.here().restic().toString());
    command.addAll(List.of("--repo", repository.toString(), "--no-cache", "forget"));
    command.addAll(List.of("--dry-run", "--no-lock", "--json", "--group-by", "host"));
    command.addAll(rule);
    var output = folder.resolve("forget.json");
    var builder = new ProcessBuilder(command).redirectOutput(output.toFile());
    builder.redirectError(folder.resolve("forget.err").toFile());
    builder.environment().put("RESTIC_PASSWORD", PASSWORD);
    builder.environment().put("TZ", zoneFile.toString());
    assertThat(builder.start().waitFor())
        .as(() -> command + ": " + read(folder.resolve("forget.err")))
        .isZero();

    var hosts = new LinkedHashMap<String, Map<String, List<String>>>();
    for (JsonNode group : JSON.readTree(output.toFile())) {
      var kept = new LinkedHashMap<String, List<String>>();
      for (JsonNode reason : group.get("reasons")) {
        var matches = new ArrayList<String>();
        reason.get("matches").forEach(match -> matches.add(match.asText()));
        kept.put(reason.get("snapshot").get("id").asText(), matches);
      }
      hosts.put(group.get("host").asText(), kept);
    }
    return hosts;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException failed) {
      return failed.toString();
    }
  }
}
