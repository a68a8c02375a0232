package dev.salvor.operator;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupRequestStatus;
import dev.salvor.api.BackupStore;
import dev.salvor.api.BackupStoreStatus;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.RestoreRequestStatus;
import dev.salvor.plan.Announcement;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What sets one kind of resource apart from the others when a decision about it is carried out.
 *
 * @param fresh one without anything in it
 * @param news what a change of status has to tell
 */
record Kind<R extends CustomResource<?, S>, S>(Supplier<R> fresh, News<S> news) {
  static final Kind<BackupStore, BackupStoreStatus> STORE =
      new Kind<>(BackupStore::new, Announcement::ofStore);

  static final Kind<BackupPolicy, BackupPolicyStatus> POLICY =
      new Kind<>(BackupPolicy::new, Announcement::ofPolicy);

  static final Kind<BackupRequest, BackupRequestStatus> BACKUP_REQUEST =
      new Kind<>(BackupRequest::new, Announcement::ofBackup);

  static final Kind<RestoreRequest, RestoreRequestStatus> RESTORE_REQUEST =
      new Kind<>(RestoreRequest::new, Announcement::ofRestore);

  /** What a change of status has to tell. */
  @FunctionalInterface
  interface News<S> {
    List<Announcement> between(@Nullable S before, S after);
  }
}
