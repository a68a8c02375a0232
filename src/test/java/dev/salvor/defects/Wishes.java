package dev.salvor.defects;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.Initialize;
import dev.salvor.api.IsolationMode;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.RestoreStrategy;
import dev.salvor.api.Retention;
import dev.salvor.api.RolesMode;
import dev.salvor.api.Verification;
import dev.salvor.task.Baseline;
import dev.salvor.task.Owner;
import dev.salvor.task.Task;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the Tasks of a scene ask for: what a policy without any peculiarity would, until altered.
 */
final class Wishes {
  Owner owner = new Owner("11111111-2222-3333-4444-555555555555", "shop", "shop-db");
  @Nullable String expectedStoreId;
  @Nullable String expectedRepositoryId;
  Initialize initialize = Initialize.NEVER;
  List<String> acknowledge = List.of();
  long deadlineSeconds = 120;

  DumpFormat format = DumpFormat.STREAM;
  GlobalsMode globals = GlobalsMode.INCLUDE;
  FactsMode facts = FactsMode.FULL;
  PostgresSource.@Nullable Selection exclude;
  @Nullable Baseline baseline;
  boolean allowEmpty;

  List<Verification.Check> checks = List.of();
  IsolationMode isolation = IsolationMode.AUTO;

  RolesMode roles = RolesMode.MISSING;
  RestoreStrategy strategy = RestoreStrategy.RENAME;
  Task.Existing existing = Task.Existing.REFUSE;
  PostgresSource.@Nullable Selection select;
  @Nullable Instant notAfter;

  @Nullable Retention retention;
  List<Task.KnownVerdict> verdicts = List.of();
  Task.Forgetting forgetting = Task.Forgetting.ALLOWED;
  long orphanAgeSeconds = 86_400;
}
