package dev.salvor.worker;

import dev.salvor.engine.supabase.VaultKey;
import dev.salvor.task.Baseline;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Manifest;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.Span;
import dev.salvor.task.Step;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes one recovery point of a policy. */
final class BackupCarrier {
  private final WorkerContext context;

  BackupCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.Backup task) {
    context.progress().step(Step.OPEN_REPOSITORY);
    var owner = task.repository().owner();
    var origin = task.origin() == null ? Manifest.Origin.SCHEDULE : task.origin();
    // The source is looked at while the repository is opened.
    return switch (task.source()) {
      case PostgresDump dump -> {
        try (var look = ServerLook.begin(context, dump);
            var points = open(task)) {
          yield new PostgresPointTaker(context, points, owner, dump, baseline(task, points), origin)
              .take(look);
        }
      }
      case FileTrees trees -> {
        var span = Span.read(context.environment());
        if (context.environment().containsKey(WorkerEnvironment.HOLD)) {
          yield takeInQuiet(task, trees, origin);
        }
        try (var look = FirstLook.begin(context, trees, own(trees, span));
            var points = open(task)) {
          if (span != null && span.shares() == null) {
            yield new FilesPointTaker(context, points, owner, trees, null, origin, span)
                .keep(look, span.point());
          }
          yield new FilesPointTaker(
                  context, points, owner, trees, baseline(task, points), origin, span)
              .take(look);
        }
      }
      case SupabaseProject project -> {
        BucketBackup.refuseStoreWithin(project, task.repository());
        var span = Span.read(context.environment());
        if (span != null && span.shares() == null) {
          yield keep(task, project, origin, span);
        }
        // Not at its files: those are looked at when the databases were dumped.
        try (var look = ServerLook.begin(context, project.dump());
            var points = open(task)) {
          yield new SupabasePointTaker(
                  context,
                  points,
                  owner,
                  HostedBackup.withFunctions(project, context),
                  baseline(task, points),
                  origin,
                  task.repository().acknowledge(),
                  span)
              .take(look);
        }
      }
    };
  }

  /**
   * What of a project another node reads: no row of its databases knows of it. Whether a place may
   * be without files is for whoever closes the point to say.
   */
  private TaskResult keep(
      Task.Backup task, SupabaseProject project, Manifest.Origin origin, Span span) {
    var all = BucketBackup.trees(context, project);
    var trees =
        new FileTrees(all.trees(), all.devices(), all.exclude(), all.excludeIfPresent(), true);
    var own = own(trees, span);
    try (var look = FirstLook.begin(context, trees, own);
        var points = open(task)) {
      var key = SupabasePointTaker.key(own);
      return new FilesPointTaker(
              context, points, task.repository().owner(), trees, null, origin, span)
          .keep(
              look,
              span.point(),
              share -> {
                SupabasePointTaker.requireSame(key, SupabasePointTaker.key(own));
                return share.holding(key.map(VaultKey::fingerprint).orElse(null));
              });
    }
  }

  /** Others are down for it: nothing is waited for meanwhile that could be had before. */
  private TaskResult takeInQuiet(Task.Backup task, FileTrees trees, Manifest.Origin origin) {
    try (var points = open(task);
        var quiet = Quiet.of(context)) {
      var baseline = baseline(task, points);
      quiet.begin();
      try (var look = FirstLook.begin(context, trees)) {
        var owner = task.repository().owner();
        return new FilesPointTaker(context, points, owner, trees, baseline, origin, null)
            .take(look, quiet);
      }
    }
  }

  /** A status that was lost knows of none, and the repository does. */
  private static @Nullable Baseline baseline(Task.Backup task, RecoveryPoints points) {
    return task.baseline() == null ? points.baseline() : task.baseline();
  }

  private static List<FileTrees.Tree> own(FileTrees trees, @Nullable Span span) {
    return span == null
        ? trees.trees()
        : trees.trees().stream().filter(tree -> span.own().contains(tree.name())).toList();
  }

  private RecoveryPoints open(Task.Backup task) {
    return RecoveryPoints.open(context, task.repository(), RecoveryPoints.Access.WRITE);
  }
}
