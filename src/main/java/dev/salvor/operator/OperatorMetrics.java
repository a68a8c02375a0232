package dev.salvor.operator;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.DockerVolumeSource;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.Run;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.VolumeSource;
import dev.salvor.plan.Announcement;
import dev.salvor.plan.Conditions;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Metrics for Prometheus. Whatever a policy's status tells is taken from it at each scrape, so that
 * a restart forgets nothing and a policy that is gone is gone here; only the leader tells it.
 */
final class OperatorMetrics {
  private static final List<String> CONDITIONS =
      List.of(Conditions.READY, Conditions.STALLED, Conditions.PROTECTED, Conditions.VERIFIED);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Doorbells doorbells;
  private final BooleanSupplier leading;
  private final Map<MultiGauge, Function<BackupPolicy, @Nullable Double>> gauges =
      new LinkedHashMap<>();
  private final MultiGauge conditions =
      MultiGauge.builder("salvor_policy_condition")
          .description("1: True, 0: False, -1: Unknown")
          .register(registry);

  OperatorMetrics(Doorbells doorbells, Supplier<Admitter.Queue> queue, BooleanSupplier leading) {
    this.doorbells = doorbells;
    this.leading = leading;
    gauge("salvor_leader", "1: this instance works", () -> leading.getAsBoolean() ? 1 : 0);
    gauge("salvor_runs_queued", "Runs that wait", () -> queue.get().waiting());
    gauge("salvor_runs_running", "Runs that work", () -> queue.get().running());
    policy(
        "salvor_policy_last_success_timestamp_seconds",
        "Time of the newest complete recovery point",
        status -> status.lastSuccess() == null ? null : seconds(status.lastSuccess().time()));
    policy(
        "salvor_policy_last_verified_timestamp_seconds",
        "When a recovery point was last proven",
        status ->
            status.lastVerifiedRestore() == null
                ? null
                : seconds(status.lastVerifiedRestore().time()));
    policy(
        "salvor_policy_next_recovery_point_due_timestamp_seconds",
        "When Protected turns false if nothing succeeds before",
        status ->
            status.nextRecoveryPointDue() == null ? null : seconds(status.nextRecoveryPointDue()));
    policy(
        "salvor_policy_recovery_points",
        "Recovery points in the store",
        status ->
            status.recoveryPointsTotal() == null
                ? null
                : Double.valueOf(status.recoveryPointsTotal()));
    policy(
        "salvor_policy_repository_size_bytes",
        "Size of the repository when it was last measured",
        status ->
            status.repository() == null || status.repository().sizeBytes() == null
                ? null
                : Double.valueOf(status.repository().sizeBytes()));
    policy(
        "salvor_policy_last_backup_size_bytes",
        "Bytes of the newest complete recovery point",
        status ->
            status.lastSuccess() == null || status.lastSuccess().sizeBytes() == null
                ? null
                : Double.valueOf(status.lastSuccess().sizeBytes()));
  }

  /** Counts what a change of status recorded. */
  void recorded(
      BackupPolicy policy, @Nullable BackupPolicyStatus before, BackupPolicyStatus after) {
    for (var run : Announcement.recorded(before, after)) {
      var tags =
          of(policy)
              .and("purpose", run.purpose(), "outcome", run.outcome(), "engine", engine(policy));
      registry.counter("salvor_runs", tags).increment();
      duration(run).ifPresent(taken -> registry.timer("salvor_run_duration", tags).record(taken));
    }
    var success = after.lastSuccess();
    if (success != null
        && success.addedBytes() != null
        && (before == null || !success.equals(before.lastSuccess()))) {
      registry.counter("salvor_backup_added_bytes", of(policy)).increment(success.addedBytes());
    }
  }

  /** As Prometheus reads it. */
  String scrape() {
    var policies = leading.getAsBoolean() ? doorbells.policies().toList() : List.<BackupPolicy>of();
    gauges.forEach(
        (gauge, value) -> {
          var rows = new ArrayList<Row<?>>();
          for (var policy : policies) {
            var number = value.apply(policy);
            if (number != null) {
              rows.add(Row.of(of(policy), number));
            }
          }
          gauge.register(rows, true);
        });
    conditions.register(policies.stream().flatMap(policy -> rows(policy).stream()).toList(), true);
    return registry.scrape();
  }

  private static List<Row<?>> rows(BackupPolicy policy) {
    var rows = new ArrayList<Row<?>>();
    var status = policy.getStatus();
    for (var type : CONDITIONS) {
      Conditions.find(status == null ? null : status.conditions(), type)
          .ifPresent(
              condition ->
                  rows.add(Row.of(of(policy).and("type", type), number(condition.status()))));
    }
    return rows;
  }

  private static int number(String status) {
    return switch (status) {
      case "True" -> 1;
      case "False" -> 0;
      default -> -1;
    };
  }

  private void gauge(String name, String description, Supplier<Number> value) {
    Gauge.builder(name, value).description(description).register(registry);
  }

  private void policy(
      String name, String description, Function<BackupPolicyStatus, @Nullable Double> value) {
    gauges.put(
        MultiGauge.builder(name).description(description).register(registry),
        policy -> policy.getStatus() == null ? null : value.apply(policy.getStatus()));
  }

  private static Tags of(BackupPolicy policy) {
    return Tags.of(
        "namespace", policy.getMetadata().getNamespace(), "policy", policy.getMetadata().getName());
  }

  private static String engine(BackupPolicy policy) {
    return switch (policy.getSpec().source().kind()) {
      case PostgresSource postgres -> "postgres";
      case VolumeSource volume -> "volume";
      case SupabaseSource supabase -> "supabase";
      case DockerVolumeSource docker -> "dockerVolume";
    };
  }

  private static Optional<Duration> duration(Run run) {
    return Optional.ofNullable(run.finished())
        .map(finished -> Duration.between(run.started(), finished))
        .filter(Duration::isPositive);
  }

  private static double seconds(Instant time) {
    return time.getEpochSecond();
  }
}
